/** Amazon SQS: makes the template's queues, and receives from them without the SDK, which would cost ten times as much. */
import { LocalCloudError } from '../../failure.ts';
import { isObject, type JsonObject } from '../../template/json.ts';
import type { Resource, Stack } from '../../template/stack.ts';
import type { Messaging } from '../messaging.ts';

export interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly MD5OfMessageAttributes?: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<
    Record<string, { DataType: string; StringValue?: string; BinaryValue?: string }>
  >;
}

/** The most that one receive or one batch of deletes can carry. */
export const SQS_BATCH = 10;
export const LONGEST_WAIT_SECONDS = 20;

const COPIED = ['VisibilityTimeout', 'DelaySeconds', 'MaximumMessageSize', 'ReceiveMessageWaitTimeSeconds'];

/** Makes every queue of the stack. Throws `broken-template` if a dead-letter queue is none of the stack's. */
export async function createQueues(messaging: Messaging, stack: Stack): Promise<void> {
  for (const queue of stack.ofType('AWS::SQS::Queue'))
    await createQueue(messaging, queue.attributes.QueueName ?? '', attributes(queue, stack));
}

export async function createQueue(
  messaging: Messaging,
  name: string,
  attributes: Record<string, string>,
): Promise<void> {
  await messaging.sqs('CreateQueue', { QueueName: name, Attributes: attributes });
}

function attributes({ logicalId, properties }: Resource, stack: Stack): Record<string, string> {
  const copied = COPIED.filter((name) => properties[name] !== undefined).map((name) => [
    name,
    String(properties[name]),
  ]);
  const redrive = isObject(properties.RedrivePolicy) ? redrivePolicy(logicalId, properties.RedrivePolicy, stack) : {};
  return { ...Object.fromEntries(copied), ...redrive };
}

function redrivePolicy(
  logicalId: string,
  { deadLetterTargetArn, maxReceiveCount }: JsonObject,
  stack: Stack,
): Record<string, string> {
  if (stack.named(deadLetterTargetArn)?.type !== 'AWS::SQS::Queue')
    throw new LocalCloudError(
      'broken-template',
      `${logicalId}: its dead-letter queue ${deadLetterTargetArn} is not a queue of this stack`,
    );
  return { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) }) };
}

/** Up to `limit` messages, waiting up to `waitSeconds` for the first. */
export async function receive(
  messaging: Messaging,
  queueUrl: string,
  limit: number,
  waitSeconds: number,
): Promise<ReceivedMessage[]> {
  const { Messages } = await messaging.sqs('ReceiveMessage', {
    QueueUrl: queueUrl,
    MaxNumberOfMessages: Math.min(limit, SQS_BATCH),
    WaitTimeSeconds: waitSeconds,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  });
  return (Messages as ReceivedMessage[] | undefined) ?? [];
}

/** Deletes what has been dealt with. */
export async function deleteMessages(
  messaging: Messaging,
  queueUrl: string,
  messages: readonly ReceivedMessage[],
): Promise<void> {
  for (let first = 0; first < messages.length; first += SQS_BATCH) {
    const Entries = messages
      .slice(first, first + SQS_BATCH)
      .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await messaging.sqs('DeleteMessageBatch', { QueueUrl: queueUrl, Entries });
  }
}
