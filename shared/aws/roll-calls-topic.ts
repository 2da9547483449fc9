/** The port `RollCallsTopic` on SNS. It has no attributes: everybody who subscribes is asked. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { RollCallsTopic } from '../core/roll-call/ports.ts';

export const createRollCallsTopic = (client: SNSClient, topicArn: string): RollCallsTopic => ({
  async publish(envelope) {
    await client.send(new PublishCommand({ TopicArn: topicArn, Message: JSON.stringify(envelope) }));
  },
});
