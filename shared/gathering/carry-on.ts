/**
 * A close of a larger request waits for the folds of its shards. They are asked for by whoever began it, and again by
 * whoever finds it waiting, but not by everybody at once: a late result is refused by every shard that is sealed.
 */
import { type Head, unfolded } from '../core/gathering.ts';
import type { Gathering } from './context.ts';

/** A close that nobody has asked folds for since then may have been left. */
const LEFT_MS = 3_000;

/** Asks for the folds a close waits for. */
export async function askForFolds({ shards }: Gathering, head: Head): Promise<void> {
  const { requestId } = head;
  await shards.send(unfolded(head).map((shard) => ({ requestId, shard, seen: { arrived: 0, failed: 0 } })));
}

/** Asks for them again, if nobody has for a while. */
export async function askAgain(gathering: Gathering, head: Head): Promise<void> {
  const { store, clock } = gathering;
  const now = clock.now();
  if (now < (head.carriedAt ?? head.closingAt ?? 0) + LEFT_MS) return;
  if ((await store.takeCarry(head.requestId, head.carriedAt, now)) === 'taken') await askForFolds(gathering, head);
}
