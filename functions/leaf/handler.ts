/**
 * A leaf's function. Trigger: the tasks topic, directly (one message), or a queue of its own (a batch). A late call is
 * harmless: what is past its deadline is dropped, and a task answered twice is counted once.
 */
import type { Context, SNSEvent, SNSEventRecord, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { sqs } from '../../shared/aws/clients.ts';
import { createResultsSender } from '../../shared/aws/queues.ts';
import { systemClock } from '../../shared/aws/system.ts';
import { observed, telemetry } from '../../shared/aws/telemetry.ts';
import { parseTaskEnvelope, type TaskEnvelope } from '../../shared/core/envelope.ts';
import { messageOf } from '../../shared/core/errors.ts';
import type { Leaf } from '../../shared/core/job.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { answer } from './answer.ts';

/** Time kept before the function's own timeout for sending what is known, in ms; at most a quarter of what is left. */
const FLUSH_MARGIN_MS = 750;

export const createHandler = (leaf: Leaf<unknown, unknown>) => {
  const answering = { leaf, results: createResultsSender(sqs()), clock: systemClock, telemetry };
  return observed(async (event: SNSEvent | SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const remaining = context.getRemainingTimeInMillis();
    const stopAt = systemClock.now() + remaining - Math.min(FLUSH_MARGIN_MS, remaining / 4);
    const deliveries = event.Records.map(delivered);
    const envelopes = deliveries.flatMap(({ envelope }) => envelope ?? []);
    const unsent = new Set(await answer(answering, envelopes, stopAt));
    const failed = deliveries.filter(({ envelope }) => !envelope || unsent.has(envelope));
    if (failed.length > 0 && event.Records.some(isDirect)) throw new Error('a message could not be answered');
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
};

const isDirect = (record: SNSEventRecord | SQSRecord): record is SNSEventRecord => 'Sns' in record;

/** A delivery with its envelope, or without one when its body is not an envelope: it then goes the way of the dead. */
function delivered(record: SNSEventRecord | SQSRecord): { messageId: string; envelope?: TaskEnvelope } {
  const messageId = isDirect(record) ? record.Sns.MessageId : record.messageId;
  try {
    return { messageId, envelope: parseTaskEnvelope(JSON.parse(isDirect(record) ? record.Sns.Message : record.body)) };
  } catch (error) {
    telemetry.warn('not an envelope', { messageId, message: messageOf(error, LIMITS.messageLength) });
    return { messageId };
  }
}
