/** Reading what is in at one place, and folding it. Seal, then read: what a fold says is in, everything else is late. */
import { type FoldedShard, foldedShard, joined, type Summary, summaryOf } from '../core/answer.ts';
import { FanfoldError } from '../core/errors.ts';
import { type Attempted, JOB_IS_GONE } from '../core/fold.ts';
import { type Finder, type Head, headAddress, rangeOf, type TallyAddress } from '../core/gathering.ts';
import { type Chosen, type Chunk, choose } from '../core/membership.ts';
import type { Gathering } from './context.ts';
import { foldValues } from './fold-values.ts';
import { inOrder } from './in-order.ts';

/** Folds read ahead of the one that is merged: each may hold an accumulator as large as an item, inflated. */
const READ_AHEAD = 4;

/** A request's results are found by its head, which may hold some, or all of them. */
type Keeper = Finder & Pick<Head, 'chunks' | 'beside' | 'version'>;

/** The chosen results of everything kept at a place so far. */
export async function readChosen(gathering: Gathering, request: Keeper, address: TallyAddress): Promise<Chosen> {
  return choose(rangeOf(request, address), await readMarked(gathering, request, address));
}

/**
 * The chosen results of all that is marked of an open request of one shard, without reading where this environment has marked it
 * itself. What somebody has put and not marked is in then as little as if it were put a moment later.
 */
export async function seeChosen(gathering: Gathering, head: Head): Promise<Chosen> {
  const { requestId, beside = 0, chunks = [] } = head;
  const address = headAddress(requestId);
  const own = gathering.ownChunks.all(requestId, beside);
  return own ? choose(rangeOf(head, address), [...chunks, ...own]) : readChosen(gathering, head, address);
}

/** The chunks marked at a place so far: in the head that was read, and beside it if any were marked, or came late, there. */
export async function readMarked(
  gathering: Gathering,
  request: Keeper,
  address: TallyAddress,
): Promise<readonly Chunk[]> {
  const { chunks = [], beside, version } = request;
  const allInside = chunks.length > 0 && beside === undefined && version < 2;
  return allInside ? chunks : readKept(gathering, request, address);
}

/** Every chunk kept at a place, marked or late. */
export async function readKept(
  { store }: Gathering,
  { chunks = [], resultsToken }: Keeper,
  address: TallyAddress,
): Promise<readonly Chunk[]> {
  return [...chunks, ...(await store.readChunks(address, resultsToken))];
}

/** Folds chosen results with the job's own code; without a deployed job there is only the membership. */
export async function foldChosen(
  { claims, jobs }: Gathering,
  head: Pick<Head, 'requestId' | 'job'>,
  chosen: Chosen,
): Promise<FoldedShard> {
  const job = jobs.get(head.job);
  return foldedShard(chosen, job ? await foldValues(claims, head.requestId, job, chosen.successes) : JOB_IS_GONE);
}

/**
 * Seals a shard of a larger request and folds it, unless it is folded; the fold in force. `complete` is a success of
 * every task, if somebody has read one: nothing that was marked since can better it.
 */
export async function foldShard(
  gathering: Gathering,
  head: Head,
  address: TallyAddress,
  complete?: Chosen,
): Promise<FoldedShard> {
  const { store, clock } = gathering;
  const existing = await store.readFold(address, rangeOf(head, address));
  if (existing) return existing;
  await store.sealShard(address, clock.now());
  const chosen = complete ?? (await readChosen(gathering, head, address));
  return keepFold(gathering, head, address, await foldChosen(gathering, head, chosen));
}

/** What the folds at some places come to, in the order of the places, one accumulator at a time. */
export async function summarize(
  { store, jobs }: Gathering,
  head: Head,
  addresses: readonly TallyAddress[],
): Promise<Summary> {
  const folds = inOrder(addresses, READ_AHEAD, (address) => store.readFold(address, rangeOf(head, address)));
  let summary: Summary | undefined;
  for await (const fold of folds) {
    if (!fold) throw new FanfoldError('fold-missing', 'a shard that was told to be folded has no fold');
    const next = summaryOf(fold);
    summary = summary ? joined(jobs.get(head.job), summary, next) : next;
  }
  return summary ?? NOTHING;
}

const NOTHING: Summary = {
  counts: { expected: 0, succeeded: 0, failed: 0 },
  accumulated: { value: null },
  failures: [],
  missing: [],
};

async function keepFold(
  { store }: Gathering,
  head: Head,
  address: TallyAddress,
  fold: FoldedShard,
): Promise<FoldedShard> {
  try {
    return await store.putFold(address, fold, head.ttlEpochSeconds);
  } catch (error) {
    if (!cannotBeKept(error)) throw error;
    const accumulated: Attempted<unknown> = { error: { where: 'fold', message: error.message } };
    return store.putFold(address, { ...fold, accumulated }, head.ttlEpochSeconds);
  }
}

/** Whether a store refused to keep something for its size or form: the job's doing, which trying again would not mend. */
export const cannotBeKept = (error: unknown): error is FanfoldError =>
  error instanceof FanfoldError && (error.code === 'item-too-large' || error.code === 'item-not-json');
