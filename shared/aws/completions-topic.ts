/** The port `CompletionsTopic` on SNS. Job and status are attributes too, for subscribers to filter by. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { CompletionNotice, CompletionsTopic } from '../core/ports/notices.ts';

export const createCompletionsTopic = (client: SNSClient, topicArn: string): CompletionsTopic => ({
  async publish(notice) {
    await client.send(
      new PublishCommand({
        TopicArn: topicArn,
        Message: JSON.stringify(notice),
        MessageAttributes: attributes(notice),
      }),
    );
  },
});

const attributes = ({ job, status }: CompletionNotice) => ({
  job: { DataType: 'String', StringValue: job },
  status: { DataType: 'String', StringValue: status },
});
