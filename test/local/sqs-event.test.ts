import { expect, test } from 'vitest';
import { sqsEvent } from '../../local/services/lambda/sqs-event.ts';
import type { ReceivedMessage } from '../../local/services/sqs/queues.ts';

const message = { MessageId: 'one', ReceiptHandle: 'handle', Body: '{"a":"b"}', MD5OfBody: 'md5' };

test.each<ReceivedMessage>([
  message,
  { ...message, MD5OfMessageAttributes: 'md5', Attributes: { SentTimestamp: '1' } },
  { ...message, MessageAttributes: { colour: { DataType: 'String', StringValue: 'red' } } },
  { ...message, MessageAttributes: { picture: { DataType: 'Binary', BinaryValue: 'AA==' } } },
])('a queue’s event goes to its function as the very members that its JSON would have', (received) => {
  const event = sqsEvent([received], 'arn:aws:sqs:us-east-1:000000000000:queue', 'us-east-1');
  expect(structuredClone(event)).toStrictEqual(JSON.parse(JSON.stringify(event)));
});
