/**
 * Looking: a hint says that a place may be full; the looker reads what is there, and closes, folds, or moves the
 * threshold past what is still needed. See the law in core/gathering.
 */
import { finishAll, shardCounts, totalCounts } from '../core/answer.ts';
import { all, type CompletionReason, type Counts, completionReason } from '../core/completion.ts';
import { type Attempted, accumulate, finish, predicateMet } from '../core/fold.ts';
import {
  type Finder,
  type Head,
  hasOneShard,
  headAddress,
  isLookDue,
  nextLook,
  rangeOf,
  shardAddresses,
  type Tally,
  type TallyAddress,
  type Thresholds,
} from '../core/gathering.ts';
import type { Job } from '../core/job.ts';
import { type Chosen, countsOf } from '../core/membership.ts';
import { closeRequest, type Evidence, finishClosing } from './close.ts';
import type { Gathering } from './context.ts';
import { foldShard, inTurn, readChosen } from './fold-shard.ts';

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
  if (head.state !== 'open') return carryOn(gathering, head);
  // It may not close before every task is published; whoever published the last one looks.
  if (head.scatteredAt === undefined) return;
  const see = hasOneShard(head) ? seeResults : seeFolds;
  await lookWhileDue(gathering, headAddress(head.requestId), head, () => see(gathering, head));
}

/** Looks at one shard of a larger request; once every task of it is final it is folded, and the head is told. */
export async function lookAtShard(
  gathering: Gathering,
  request: Finder,
  address: TallyAddress,
  marked: Tally,
): Promise<void> {
  await lookWhileDue(gathering, address, marked, async () => {
    const counts = countsOf(await readChosen(gathering, request, address));
    const final = completionReason(all(), counts) !== undefined;
    return {
      next: nextLook(all(), counts, marked),
      ...(final ? { act: () => foldIfOpen(gathering, request, address) } : {}),
    };
  });
}

async function foldIfOpen(gathering: Gathering, { requestId }: Finder, address: TallyAddress): Promise<void> {
  const head = await gathering.store.readHead(requestId, gathering.clock.now());
  if (head?.state === 'open') await foldAndTell(gathering, head, address);
  else if (head) await carryOn(gathering, head);
}

/** Folds a shard and adds it to the head's hints; repeating it costs at most an early look at the request. */
export async function foldAndTell(gathering: Gathering, head: Head, address: TallyAddress): Promise<void> {
  const { failed } = shardCounts(await foldShard(gathering, head, address));
  const told = await gathering.store.addFolded(head.requestId, { arrived: rangeOf(head, address).size, failed });
  if (told !== 'refused') return lookAtRequest(gathering, told);
  const current = await gathering.store.readHead(head.requestId, gathering.clock.now());
  if (current) await carryOn(gathering, current);
}

/** Takes a close on that somebody began and may have died in. */
export async function carryOn(gathering: Gathering, head: Head): Promise<void> {
  if (head.state === 'closing') await finishClosing(gathering, head);
}

/** A request of one shard: its results themselves. */
async function seeResults(gathering: Gathering, head: Head): Promise<Sight> {
  const chosen = await readChosen(gathering, head, headAddress(head.requestId));
  const aggregate = (job: Job) => finish(job, accumulate(job, chosen.successes));
  return sight(gathering, head, { counts: countsOf(chosen), aggregate, chosen });
}

/** A larger request: the membership of the shards folded so far. */
async function seeFolds(gathering: Gathering, head: Head): Promise<Sight> {
  const read = await inTurn(shardAddresses(head), (address) =>
    gathering.store.readFold(address, rangeOf(head, address)),
  );
  const folds = read.filter((fold) => fold !== undefined);
  const aggregate = (job: Job) => finishAll(job, folds);
  return sight(gathering, head, { counts: totalCounts(head.expected, folds.map(shardCounts)), aggregate });
}

/** What was read: the truth, and how to fold it where a predicate asks. */
interface Read {
  readonly counts: Counts;
  readonly aggregate: (job: Job) => Attempted<unknown>;
  readonly chosen?: Chosen;
}

function sight(gathering: Gathering, head: Head, { counts, aggregate, chosen }: Read): Sight {
  const next = nextLook(head.policy, counts, head);
  const close = (reason: CompletionReason, evidence?: Evidence) => ({
    next,
    act: () => closeRequest(gathering, head.requestId, reason, evidence),
  });
  const job = gathering.jobs.get(head.job);
  const asks = job && head.policy.kind === 'when' && counts.succeeded > 0;
  const met = asks ? predicateMet(job, aggregate(job)) : { value: false };
  if ('error' in met) return close('job-error', { error: met.error });
  const reason = completionReason(head.policy, counts, met.value);
  if (!reason) return { next };
  return close(reason, reason === 'all-succeeded' && chosen ? { complete: { head, chosen } } : {});
}
