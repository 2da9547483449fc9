import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Cloud } from '../../../local/cloud.ts';

const SHARED = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

export const sqsClient = ({ endpoints }: Cloud) => new SQSClient({ ...SHARED, endpoint: endpoints.sqs });
export const snsClient = ({ endpoints }: Cloud) => new SNSClient({ ...SHARED, endpoint: endpoints.sns });

export const s3Client = ({ endpoints }: Cloud) =>
  new S3Client({ ...SHARED, endpoint: endpoints.s3, forcePathStyle: true });

/** The body of the next message on the queue, waiting for it. */
export async function nextBody(client: SQSClient, QueueUrl: string): Promise<string> {
  for (;;) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    if (Messages[0]?.Body !== undefined) return Messages[0].Body;
  }
}
