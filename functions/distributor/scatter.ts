/** Scattering: every task to its leaf, at least once, then `scatteredAt`; and a look, if all came back before that. */
import { ENVELOPE_VERSION } from '../../shared/core/envelope.ts';
import { type Head, isLookDue } from '../../shared/core/gathering.ts';
import { type NumberedTask, packEnvelopes, type RequestHeader } from '../../shared/core/split.ts';
import { lookAtRequest } from '../../shared/gathering/look.ts';
import { settle } from '../../shared/gathering/settle.ts';
import type { Distributing, Submission } from './distribute.ts';

/** Clocks of functions differ a little; results that are younger than this at the deadline may still be on their way. */
const EXPIRY_GRACE_MS = 2_000;

/** Publishes every task; the head as it then is. */
export async function scatter(
  distributing: Distributing,
  { job, traceparent }: Submission,
  head: Head,
  tasks: readonly NumberedTask[],
): Promise<Head> {
  const { publisher, store, clock, replyTo } = distributing;
  const tasksPerMessage = job.tasksPerMessage === 'auto' ? 1 : job.tasksPerMessage;
  await publisher.publish(packEnvelopes(headerFor(head, traceparent), tasks, { tasksPerMessage, attempt: 1, replyTo }));
  const scattered = (await store.markScattered(head.requestId, clock.now())) ?? head;
  if (isLookDue(scattered)) await lookAtRequest(distributing, scattered);
  return settle(distributing, scattered);
}

function headerFor(head: Head, traceparent: string | undefined): RequestHeader {
  const { requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt, resultsToken } = head;
  return {
    ...{ v: ENVELOPE_VERSION, requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt, resultsToken },
    ...{ hops: 0, expiresAt: deadlineAt + EXPIRY_GRACE_MS },
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
