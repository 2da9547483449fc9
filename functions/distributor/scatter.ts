/**
 * Scattering: every task to its leaf, at least once, then `scatteredAt`; and a look, if all came back before that. The
 * shards of a larger request are published by others, the first few at once and each further one when there is room.
 */
import { type Head, hasOneShard, isLookDue, shardCount } from '../../shared/core/gathering.ts';
import { isTimerWorthIt } from '../../shared/core/hedge.ts';
import { delaySeconds } from '../../shared/core/timer.ts';
import { closeRequest } from '../../shared/gathering/close.ts';
import { hedgeTerms } from '../../shared/gathering/hedge.ts';
import { lookAtRequest } from '../../shared/gathering/look.ts';
import { publishTasks } from '../../shared/gathering/publish-tasks.ts';
import { awaitClosed, settle } from '../../shared/gathering/settle.ts';
import type { Distributing, Submission } from './distribute.ts';

/**
 * While somebody waits, how long it is waited for the answer before it is noted that all tasks were sent, in ms: the
 * usual small request has ended by then, every task a success, and needs no note.
 */
const EARLY_MS = 40;

/** Publishes every task, or has them published; the head as it then is. */
export const scatter = (distributing: Distributing, submission: Submission, head: Head): Promise<Head> =>
  hasOneShard(head) ? scatterAtOnce(distributing, submission, head) : scatterInRanges(distributing, submission, head);

async function scatterAtOnce(
  distributing: Distributing,
  { job, input, traceparent, waits }: Submission,
  head: Head,
): Promise<Head> {
  const { store, clock } = distributing;
  const { requestId, expected } = head;
  const range = { from: 0, size: expected };
  const outcome = await publishTasks(distributing, { head, job, input, range, hops: 0, traceparent });
  if ('error' in outcome) return (await closeRequest(distributing, requestId, 'job-error', outcome)) ?? head;
  const sentAt = clock.now();
  const early = waits ? await awaitClosed(distributing, requestId, clock.now() + EARLY_MS) : undefined;
  if (early?.state === 'closed') return early;
  const scattered = (await store.markScattered(requestId, sentAt)) ?? head;
  if (isLookDue(scattered)) await lookAtRequest(distributing, scattered);
  if (!waits) await setHedgeTimer(distributing, scattered, sentAt);
  return settle(distributing, scattered);
}

/** Where nobody waits who would look, a timer does, about a second late; none, where it would most likely find nothing. */
async function setHedgeTimer(
  { jobs, history, timers, clock }: Distributing,
  head: Head,
  sentAt: number,
): Promise<void> {
  const { requestId, deadlineAt, expected, state } = head;
  const { past } = await history.recall(head.job);
  const terms = hedgeTerms(jobs.get(head.job), head, past);
  if (!terms || state !== 'open') return;
  const delay = delaySeconds(sentAt + Math.min(...terms.after.values()), clock.now());
  const latencies = [...terms.after.keys()].map((leaf) => past.leaves[leaf] ?? {});
  if (sentAt + delay * 1_000 >= deadlineAt || !isTimerWorthIt(latencies, expected, delay * 1_000)) return;
  await timers.schedule({ requestId, deadlineAt, hops: 0, purpose: 'hedge' }, delay);
}

/** Whoever takes a range that is taken or published leaves it alone, so that a repeat may ask for all of them again. */
async function scatterInRanges(
  { ranges, shardsInFlight }: Distributing,
  { traceparent }: Submission,
  head: Head,
): Promise<Head> {
  const { requestId } = head;
  const first = Math.min(shardsInFlight, shardCount(head));
  const trace = traceparent === undefined ? {} : { traceparent };
  await ranges.send(Array.from({ length: first }, (_, shard) => ({ requestId, shard, hops: 0, ...trace })));
  return head;
}
