/**
 * Scattering: every task to its leaf, at least once, then `scatteredAt`; and a look, if all came back before that. The
 * shards of a larger request are published by others, the first few at once and each further one when there is room.
 */
import { type Head, hasOneShard, isLookDue, shardCount } from '../core/gathering.ts';
import { closeRequest } from '../gathering/close.ts';
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
  const early = waits ? await awaitClosed(submitting, requestId, clock.now() + EARLY_MS) : undefined;
  if (early?.state === 'closed') return early;
  const scattered = (await store.markScattered(requestId, clock.now())) ?? head;
  if (isLookDue(scattered)) await lookAtRequest(submitting, scattered);
  return settle(submitting, scattered);
}

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
