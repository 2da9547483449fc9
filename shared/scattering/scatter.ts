/**
 * Scattering: every task to its leaf, at least once, then `scatteredAt`; and a look, if all came back before that. The
 * shards of a larger request are published by others, the first few at once and each further one when there is room.
 */
import { messageOf } from '../core/errors.ts';
import { type Head, hasOneShard, isLookDue, shardCount } from '../core/gathering.ts';
import { isTimerWorthIt } from '../core/hedge.ts';
import { LIMITS } from '../core/limits.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import { delaySeconds } from '../core/timer.ts';
import { closeRequest } from '../gathering/close.ts';
import { hedgeTerms } from '../gathering/hedge.ts';
import { lookAtRequest } from '../gathering/look.ts';
import { publishTasks } from '../gathering/publish-tasks.ts';
import { awaitClosed, settle } from '../gathering/settle.ts';
import type { Asked, Submitting } from './context.ts';

/**
 * While somebody waits, how long it is waited for the answer before it is noted that all tasks were sent, in ms: the
 * usual small request has ended by then, every task a success, and needs no note.
 */
const EARLY_MS = 40;

/** Publishes every task, or has them published; the head as it then is. */
export const scatter = (submitting: Submitting, asked: Asked, head: Head): Promise<Head> =>
  hasOneShard(head) ? scatterAtOnce(submitting, asked, head) : scatterInRanges(submitting, asked, head);

async function scatterAtOnce(
  submitting: Submitting,
  { job, input, traceparent, waits, parent }: Asked,
  head: Head,
): Promise<Head> {
  const { store, clock } = submitting;
  const { requestId, expected } = head;
  const range = { from: 0, size: expected };
  const outcome = await publishTasks(submitting, { head, job, input, range, hops: hopsOf(parent), traceparent });
  if ('error' in outcome) return (await closeRequest(submitting, requestId, 'job-error', outcome)) ?? head;
  const sentAt = clock.now();
  const early = waits ? await closedEarly(submitting, head) : undefined;
  if (early?.state === 'closed') return early;
  const scattered = (await store.markScattered(requestId, sentAt)) ?? head;
  if (isLookDue(scattered) && !isLookedAt(scattered)) await lookAtRequest(submitting, scattered);
  if (!waits) await setHedgeTimer(submitting, scattered, sentAt);
  return settle(submitting, scattered);
}

/**
 * Whether whoever marked the last result looks, who need not know that all tasks were sent, and finds a success of every
 * task or moves the threshold: a look beside theirs would read and fold all of it a second time.
 */
const isLookedAt = ({ policy, arrived, failed, expected }: Head): boolean =>
  policy.kind === 'all' && arrived >= expected && failed === 0;

/** Where nobody waits who would look, a timer does, about a second late; none, where it would most likely find nothing. */
async function setHedgeTimer(
  { jobs, history, timers, clock, telemetry }: Submitting,
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
  await timers
    .schedule({ requestId, deadlineAt, hops: 0, purpose: 'hedge' }, delay)
    .catch((error: unknown) => warn(telemetry, 'hedge timer not set', requestId, error));
}

/** All tasks were sent: what goes wrong from here on must not look as if they were not. */
const warn = (telemetry: Telemetry, message: string, requestId: string, error: unknown): undefined =>
  void telemetry.warn(message, { requestId, reason: messageOf(error, LIMITS.messageLength) });

/** The head of a request that closed while its submitter waited a moment. */
const closedEarly = (submitting: Submitting, head: Head): Promise<Head | undefined> =>
  awaitClosed(submitting, head, submitting.clock.now() + EARLY_MS).catch((error: unknown) =>
    warn(submitting.telemetry, 'waiting was given up', head.requestId, error),
  );

/** Whoever takes a range that is taken or published leaves it alone, so that a repeat may ask for all of them again. */
async function scatterInRanges(
  { ranges, shardsInFlight }: Submitting,
  { traceparent, parent }: Asked,
  head: Head,
): Promise<Head> {
  const { requestId } = head;
  const first = Math.min(shardsInFlight, shardCount(head));
  const trace = traceparent === undefined ? {} : { traceparent };
  await ranges.send(
    Array.from({ length: first }, (_, shard) => ({ requestId, shard, hops: hopsOf(parent), ...trace })),
  );
  return head;
}

/** What a task asked for has passed through what its task has, and one function more. */
const hopsOf = (parent: Asked['parent']): number => (parent ? parent.hops + 1 : 0);
