/**
 * A close of a larger request waits for the folds of its shards. They are asked for by whoever began it, and again by
 * whoever finds it waiting, but not by everybody at once: a late result is refused by every shard that is sealed.
 */
import { type Head, unfolded } from '../core/gathering.ts';
import type { Gathering } from './context.ts';

/**
 * A close that nobody has asked folds for since then may have been left, in ms: within a second at first, so that whoever looks
 * every second asks again; later, where closers are likely to be at work still, twenty shards at a time, and by its age.
 */
const LEFT_MS = { least: 750, aShard: 20, ofItsAge: 1 / 2 } as const;

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
  const leftMs = Math.max(LEFT_MS.least, (now - closingAt) * LEFT_MS.ofItsAge) + LEFT_MS.aShard * unfolded(head).length;
  if (now < carriedAt + leftMs) return;
  if ((await store.takeCarry(head.requestId, head.carriedAt, now)) === 'taken') await askForFolds(gathering, head);
}
