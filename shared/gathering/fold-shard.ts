/** Reading what is in at one place, and folding it. Seal, then read: what a fold says is in, everything else is late. */
import { type FoldedShard, foldedShard } from '../core/answer.ts';
import { FanfoldError } from '../core/errors.ts';
import { type Attempted, accumulate, JOB_IS_GONE } from '../core/fold.ts';
import { type Finder, type Head, rangeOf, type TallyAddress } from '../core/gathering.ts';
import type { Job } from '../core/job.ts';
import { type Chosen, choose } from '../core/membership.ts';
import type { Gathering } from './context.ts';

/** The chosen results of everything kept at a place so far. */
export async function readChosen({ store }: Gathering, request: Finder, address: TallyAddress): Promise<Chosen> {
  return choose(rangeOf(request, address), await store.readChunks(address, request.resultsToken));
}

/** Folds chosen results with the job's own code; without a deployed job there is only the membership. */
export function foldChosen(job: Job | undefined, chosen: Chosen): FoldedShard {
  return foldedShard(chosen, job ? accumulate(job, chosen.successes) : JOB_IS_GONE);
}

/** Seals a shard of a larger request and folds it, unless it is folded; the fold in force. */
export async function foldShard(gathering: Gathering, head: Head, address: TallyAddress): Promise<FoldedShard> {
  const { store, clock, jobs } = gathering;
  const existing = await store.readFold(address, rangeOf(head, address));
  if (existing) return existing;
  await store.sealShard(address, clock.now());
  const fold = foldChosen(jobs.get(head.job), await readChosen(gathering, head, address));
  return keepFold(gathering, head, address, fold);
}

async function keepFold(
  { store }: Gathering,
  head: Head,
  address: TallyAddress,
  fold: FoldedShard,
): Promise<FoldedShard> {
  try {
    return await store.putFold(address, fold, head.ttlEpochSeconds);
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    const accumulated: Attempted<unknown> = { error: { where: 'fold', message: error.message } };
    return store.putFold(address, { ...fold, accumulated }, head.ttlEpochSeconds);
  }
}

/** Whether a store refused to keep something for its size: the job's doing, which trying again would not mend. */
export const isTooLarge = (error: unknown): error is FanfoldError =>
  error instanceof FanfoldError && error.code === 'item-too-large';

/** Does something for one after another: no function holds the results of two shards at once. */
export async function inTurn<Item, Result>(
  items: readonly Item[],
  each: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await each(item));
  return results;
}
