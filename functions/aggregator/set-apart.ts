/**
 * Messages that are no reports: each goes to the dead letters at once, with the reason, and is done with. Delivering it again
 * would say the same again, five times, among the results of others.
 */
import type { SQSRecord } from 'aws-lambda';
import { messageOf } from '../../shared/core/errors.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import type { Telemetry } from '../../shared/core/ports/telemetry.ts';
import type { DeadLetters } from '../../shared/core/ports/work.ts';
import type { Unreadable } from './batch.ts';

/** Keeps them; those that could not be kept, which are to come again: their queue's own dead letters are the last resort. */
export async function setApart(
  { dead, telemetry }: { readonly dead: DeadLetters; readonly telemetry: Telemetry },
  unreadable: readonly Unreadable[],
): Promise<SQSRecord[]> {
  const again: SQSRecord[] = [];
  await Promise.all(
    unreadable.map(async ({ record, reason }) => {
      const { messageId, body, eventSourceARN } = record;
      telemetry.warn('message is no report', { messageId, reason });
      try {
        await dead.keep({ body, reason, from: eventSourceARN.split(':').at(-1) ?? '' });
      } catch (error) {
        telemetry.warn('message was not set apart', { messageId, error: messageOf(error, LIMITS.messageLength) });
        again.push(record);
      }
    }),
  );
  return again;
}
