/** The ports on SQS: results home, and timers. */
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { wireJson } from '../core/json.ts';
import type { ResultsSender, TimerQueue } from '../core/ports.ts';

export const createResultsSender = (client: SQSClient): ResultsSender => ({
  async send(replyTo, envelope) {
    await client.send(new SendMessageCommand({ QueueUrl: replyTo, MessageBody: wireJson(envelope) }));
  },
});

export const createTimerQueue = (client: SQSClient, queueUrl: string): TimerQueue => ({
  async schedule(timer, delaySeconds) {
    await client.send(
      new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(timer), DelaySeconds: delaySeconds }),
    );
  },
});
