/** A batch of SQS messages, each taken on its own: one that fails is named, and comes again alone. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { messageOf } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';

/** Runs `take` on each message body; the response that has Lambda delete all but those it threw on. */
export async function takeEach(
  event: SQSEvent,
  telemetry: Pick<Telemetry, 'warn'>,
  take: (body: string) => Promise<unknown>,
): Promise<SQSBatchResponse> {
  const outcomes = await Promise.all(
    event.Records.map(async ({ messageId, body }) => {
      try {
        await take(body);
        return [];
      } catch (error) {
        telemetry.warn('message not taken', { messageId, reason: messageOf(error, LIMITS.messageLength) });
        return [{ itemIdentifier: messageId }];
      }
    }),
  );
  return { batchItemFailures: outcomes.flat() };
}
