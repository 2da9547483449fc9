/**
 * A close of a larger request waits for the folds of its shards. They are asked for by whoever began it, and again by
 * whoever finds it waiting, but not by everybody at once: a late result is refused by every shard that is sealed.
 */
import { type Head, unfolded } from '../core/gathering.ts';
import { SHARDS_AT_ONCE } from '../core/limits.ts';
import type { Gathering } from './context.ts';

/**
 * A close that nobody has asked folds for since then may have been left, in ms: at first, and later by its age, where closers are
 * likely to be at work still. More shards than are folded at a time wait for each other. From the deadline on it is urgent for as
 * long as the warden looks every second, so that each of its looks asks.
 */
const LEFT_MS = { least: 750, ofItsAge: 1 / 2, aShardThatWaits: 20 } as const;
const URGENT_MS = 4_000;

/** A close that waits still when the deadline comes is as urgent as one that begins there, however long ago it began. */
function leftAfter(head: Head, now: number): number {
  const { closingAt = 0, deadlineAt } = head;
  const since = now < deadlineAt ? closingAt : Math.max(closingAt, deadlineAt) + URGENT_MS;
  const waiting = Math.max(0, unfolded(head).length - SHARDS_AT_ONCE);
  return Math.max(LEFT_MS.least, (now - since) * LEFT_MS.ofItsAge) + LEFT_MS.aShardThatWaits * waiting;
}

/** Asks for the folds a close waits for. */
export async function askForFolds({ shards }: Gathering, head: Head): Promise<void> {
  const { requestId } = head;
  await shards.send(unfolded(head).map((shard) => ({ requestId, shard, seen: { arrived: 0, failed: 0 } })));
}

/** Asks for them again, if nobody has for a while. */
export async function askAgain(gathering: Gathering, head: Head): Promise<void> {
  const { store, clock } = gathering;
  const now = clock.now();
  const { closingAt = 0, carriedAt = closingAt } = head;
  if (now < carriedAt + leftAfter(head, now)) return;
  if ((await store.takeCarry(head.requestId, head.carriedAt, now)) === 'taken') await askForFolds(gathering, head);
}
