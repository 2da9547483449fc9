import { randomUUID } from 'node:crypto';

export const TOPIC_ARN = 'arn:aws:sns:us-east-1:000000000000:fanfold-leaf-check';

/** A message as SNS delivers it where it is not asked for raw ones; nobody has signed it. */
export const notification = (Message: string) => ({
  ...{ Type: 'Notification', MessageId: randomUUID(), TopicArn: TOPIC_ARN, Message },
  ...{ Timestamp: new Date().toISOString(), SignatureVersion: '1', Signature: 'none' },
});
