/** What a leaf's function is handed: SNS records one at a time, or SQS records in batches. */
import type { SNSEventRecord, SQSRecord } from 'aws-lambda';
import type { TaskEnvelope } from '../../shared/core/envelope.ts';
import { messageOf } from '../../shared/core/errors.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { parseTaskEnvelope } from '../../shared/core/parse-envelope.ts';
import type { Telemetry } from '../../shared/core/ports/telemetry.ts';

type Delivery = SNSEventRecord | SQSRecord;

export const isDirect = (record: Delivery): record is SNSEventRecord => 'Sns' in record;

/** A delivery with its envelope, or without one when its body is not an envelope: it then goes the way of the dead. */
export function delivered(
  record: Delivery,
  telemetry: Pick<Telemetry, 'warn'>,
): { readonly messageId: string; readonly envelope?: TaskEnvelope } {
  const [messageId, body] = isDirect(record)
    ? [record.Sns.MessageId, record.Sns.Message]
    : [record.messageId, record.body];
  try {
    return { messageId, envelope: parseTaskEnvelope(JSON.parse(body)) };
  } catch (error) {
    telemetry.warn('not an envelope', { messageId, reason: messageOf(error, LIMITS.messageLength) });
    return { messageId };
  }
}
