/**
 * Looking: a hint says that a place may be full; the looker reads what is there, and closes, folds, or moves the
 * threshold past what is still needed. See the law in core/gathering.
 */
import { finishSummary, shardCounts } from '../core/answer.ts';
import { all, type CompletionReason, type Counts, completionReason } from '../core/completion.ts';
import { type Attempted, finish, predicateMet } from '../core/fold.ts';
import {
  foldedCounts,
  type Head,
  hasOneShard,
  headAddress,
  isLookDue,
  nextLook,
  shardAddress,
  type Tally,
  type TallyAddress,
  type Thresholds,
} from '../core/gathering.ts';
import type { Job } from '../core/job.ts';
import { type Chosen, countsOf } from '../core/membership.ts';
import { carryOn, closeRequest, type Evidence } from './close.ts';
import type { Gathering } from './context.ts';
import { foldShard, readChosen, seeChosen, summarize } from './fold-shard.ts';
import { foldValues } from './fold-values.ts';

/** What one look found: the truth, what follows from it, and where the next look would be. */
interface Sight {
  readonly next: Thresholds;
  /** Acts on what was seen; `undefined` while nothing follows. */
  readonly act?: () => Promise<unknown>;
}

/** Looks as long as this looker's own mark reaches the thresholds in force: a lost race re-reads them. */
async function lookWhileDue(
  { store }: Gathering,
  address: TallyAddress,
  marked: Tally,
  see: () => Promise<Sight>,
): Promise<void> {
  let tally: Tally | undefined = marked;
  while (tally && tally.sealedAt === undefined && isLookDue(tally)) {
    const { act, next } = await see();
    if (act) {
      await act();
      return;
    }
    if ((await store.postponeLook(address, tally, next)) === 'postponed') return;
    const current: Tally | undefined = await store.readTally(address);
    tally = current && { ...current, arrived: marked.arrived, failed: marked.failed };
  }
}

/** Looks at a whole request if the tally its head was returned with says so. */
export async function lookAtRequest(gathering: Gathering, head: Head): Promise<void> {
  if (head.state !== 'open') {
    await carryOn(gathering, head);
    return;
  }
  const oneShard = hasOneShard(head);
  // Until it is known that every task is published, only successes of all of them can close it; then, who knows it looks.
  if (oneShard && head.scatteredAt === undefined && head.arrived < head.expected) return;
  const see = oneShard ? seeResults : seeFolds;
  await lookWhileDue(gathering, headAddress(head.requestId), head, () => see(gathering, head));
}

/** Looks at one shard of a larger request if `marked` says so; once every task of it is final it is folded and told. */
export async function lookAtShard(
  gathering: Gathering,
  head: Head,
  shard: number,
  marked: Pick<Tally, 'arrived' | 'failed'>,
): Promise<void> {
  const address = shardAddress(head, shard);
  const current = await gathering.store.readTally(address);
  if (!current) return;
  if (current.sealedAt !== undefined) return foldAndTell(gathering, head, shard);
  // A tally only grows: what a mark has returned is in it.
  const arrived = Math.min(marked.arrived, current.arrived);
  const seen = { arrived, failed: Math.min(marked.failed, current.failed) };
  await lookWhileDue(gathering, address, { ...current, ...seen }, async () => {
    const chosen = await readChosen(gathering, head, address);
    const reason = completionReason(all(), countsOf(chosen));
    const complete = reason === 'all-succeeded' ? chosen : undefined;
    return {
      next: nextLook(all(), countsOf(chosen), seen),
      ...(reason ? { act: () => foldAndTell(gathering, head, shard, complete) } : {}),
    };
  });
}

/** Folds a shard and tells the head, once; then looks at the request, for whoever told it before may have died. */
export async function foldAndTell(gathering: Gathering, head: Head, shard: number, complete?: Chosen): Promise<void> {
  const { store, clock } = gathering;
  const { requestId } = head;
  const { succeeded, failed } = shardCounts(await foldShard(gathering, head, shardAddress(head, shard), complete));
  const told = await store.tellFolded(requestId, shard, { arrived: succeeded + failed, failed });
  const current = told === 'refused' ? await store.readHead(requestId, clock.now()) : told;
  if (current) await lookAtRequest(gathering, current);
}

/** A request of one shard: its results themselves. */
async function seeResults(gathering: Gathering, head: Head): Promise<Sight> {
  const chosen = await seeChosen(gathering, head);
  const aggregate = async (job: Job) =>
    finish(job, await foldValues(gathering.claims, head.requestId, job, chosen.successes));
  return sight(gathering, head, { counts: countsOf(chosen), aggregate, chosen });
}

/** A larger request: the shards folded so far. Their counts are the head's; only a predicate reads the folds. */
function seeFolds(gathering: Gathering, head: Head): Promise<Sight> {
  const addresses = [...(head.folded ?? [])].sort((a, b) => a - b).map((shard) => shardAddress(head, shard));
  const aggregate = async (job: Job) => finishSummary(job, await summarize(gathering, head, addresses));
  return sight(gathering, head, { counts: foldedCounts(head), aggregate });
}

/** What was read: the truth, and how to fold it where a predicate asks. */
interface Read {
  readonly counts: Counts;
  readonly aggregate: (job: Job) => Promise<Attempted<unknown>>;
  readonly chosen?: Chosen;
}

async function sight(gathering: Gathering, head: Head, { counts, aggregate, chosen }: Read): Promise<Sight> {
  const next = nextLook(head.policy, counts, head);
  const shards = hasOneShard(head) ? 'one' : 'many';
  const close = (reason: CompletionReason, evidence?: Evidence) => ({
    next,
    act: () => {
      gathering.ownChunks.forget(head.requestId);
      return closeRequest(gathering, head.requestId, reason, { shards, ...evidence });
    },
  });
  const job = gathering.jobs.get(head.job);
  const asks = job && head.policy.kind === 'when' && counts.succeeded > 0;
  const met = asks ? predicateMet(job, await aggregate(job)) : { value: false };
  if ('error' in met) return close('job-error', { error: met.error });
  const reason = completionReason(head.policy, counts, met.value);
  if (!reason) return { next };
  return close(reason, reason === 'all-succeeded' && chosen ? { complete: { head, chosen } } : {});
}
