/** What a mapping hands to a function, and what it makes of the answer. */
import type { ReceivedMessage } from '../sqs/queues.ts';
import type { Outcome } from './outcome.ts';

/** Plain members, none of them undefined. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html (read November 2026) */
export function sqsEvent(messages: readonly ReceivedMessage[], queueArn: string, region: string): object {
  return {
    Records: messages.map((message) => ({
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: messageAttributes(message),
      ...(message.MD5OfMessageAttributes && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
      md5OfBody: message.MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: region,
    })),
  };
}

function messageAttributes({ MessageAttributes = {} }: ReceivedMessage): object {
  return Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        ...(StringValue !== undefined && { stringValue: StringValue }),
        ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ]),
  );
}

/**
 * The ids of the messages that are to come again. With partial responses an answer that Lambda cannot make sense of fails the
 * whole batch: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (read November 2026)
 */
export function failedItems(
  outcome: Outcome,
  messages: readonly ReceivedMessage[],
  reportsFailures: boolean,
): Set<string> {
  const all = new Set(messages.map(({ MessageId }) => MessageId));
  if ('error' in outcome) return all;
  if (!reportsFailures) return new Set();
  const reported = reportedFailures(outcome.payload);
  return reported?.every((id) => all.has(id)) ? new Set(reported) : all;
}

/** The ids of the answer; undefined if it has another form. No answer, or one without failures, is a success. */
function reportedFailures(payload: string): string[] | undefined {
  const answer: { batchItemFailures?: unknown } | null = JSON.parse(payload);
  const failures = answer?.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return undefined;
  return failures.map((failure: { itemIdentifier?: unknown } | null) => String(failure?.itemIdentifier ?? ''));
}
