/**
 * Says how a request stands. A reader after the deadline closes it; a closed one is told as it was kept. While it runs
 * the hints say roughly what is in, and only reading the results themselves says exactly.
 */
import {
  type Answer,
  type FailedTask,
  finishSummary,
  type Summary,
  summaryOf,
  type TaskCounts,
  totalCounts,
} from '../../shared/core/answer.ts';
import type { Estimate } from '../../shared/core/estimate.ts';
import type { JobError } from '../../shared/core/fold.ts';
import {
  foldedCounts,
  type Head,
  hasOneShard,
  headAddress,
  rangeOf,
  shardAddress,
  shardCount,
} from '../../shared/core/gathering.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { estimateOf } from '../../shared/gathering/estimates.ts';
import { foldChosen, readChosen, summarize } from '../../shared/gathering/fold-shard.ts';
import { createHedger, type Hedging } from '../../shared/gathering/hedge.ts';
import { readAnswer } from '../../shared/gathering/read-answer.ts';
import { awaitClosed, settle, waitEnd } from '../../shared/gathering/settle.ts';
import { findOwned, type Named } from './find-owned.ts';

export interface Enquiry extends Named {
  /** How long to wait for the answer, in ms. */
  readonly waitMs: number;
  /** Whether to read and fold what is in so far. */
  readonly partial: boolean;
  /** An earlier version of the answer than the one in force. */
  readonly version?: number;
}

/** What has been marked, as counted: never fewer than are there, possibly more. */
export interface Hints {
  readonly arrived: number;
  readonly failed: number;
}

/** How far a larger request is: of so many shards, those whose tasks are published, and those that are folded. */
export interface Shards {
  readonly total: number;
  readonly scattered: number;
  readonly folded: number;
}

export interface Running {
  readonly state: 'running';
  readonly head: Head;
  readonly hints: Hints;
  readonly tasks: TaskCounts;
  readonly failed: readonly FailedTask[];
  readonly aggregate: unknown;
  readonly error?: JobError;
  readonly shards?: Shards;
  readonly estimate: Estimate;
}

export type Description = Running | { readonly state: 'closed'; readonly head: Head; readonly answer: Answer };

/** A version of the answer that there is not, or not yet. */
export interface NoSuchVersion {
  readonly state: 'no-such-version';
  /** The version in force; 0 while the request runs. */
  readonly current: number;
}

/** How the owner's request stands, after waiting for its answer if asked; `undefined` when they have no such request. */
export async function describe(gathering: Hedging, enquiry: Enquiry): Promise<Description | NoSuchVersion | undefined> {
  const { waitMs, partial, version } = enquiry;
  const head = await findOwned(gathering, enquiry);
  if (!head) return undefined;
  const waits = waitMs > 0 && head.state !== 'closed';
  const until = waitEnd(gathering.clock.now() + waitMs, head);
  const current = waits
    ? await awaitClosed(gathering, head, until, createHedger(gathering))
    : await settle(gathering, head);
  if (!current || version === undefined) return current && describeHead(gathering, current, partial);
  if (version > current.version) return { state: 'no-such-version', current: current.version };
  const answer = await readAnswer(gathering, current, version);
  return answer && { state: 'closed', head: current, answer };
}

/** How a request with this head stands; `undefined` when its answer's time to live has passed. */
export async function describeHead(
  gathering: Gathering,
  head: Head,
  partial: boolean,
): Promise<Description | undefined> {
  if (head.state !== 'closed') return describeRunning(gathering, head, partial);
  const answer = await readAnswer(gathering, head);
  return answer && { state: 'closed', head, answer };
}

/** The hints are read first: results that come in between show under an older tag, never the other way round. */
async function describeRunning(gathering: Gathering, head: Head, partial: boolean): Promise<Running> {
  const { hints, tasks } = await readHints(gathering, head);
  const known = partial ? foldedSoFar(gathering, head, await readSummary(gathering, head)) : undefined;
  const shards = hasOneShard(head) ? {} : { shards: shardsOf(head) };
  const estimate = await estimateOf(gathering, hasOneShard(head) ? head : { ...head, ...hints });
  return { state: 'running', head, hints, tasks, estimate, failed: [], aggregate: null, ...known, ...shards };
}

const shardsOf = (head: Head): Shards => ({
  total: shardCount(head),
  scattered: head.scattered?.size ?? 0,
  folded: head.folded?.size ?? 0,
});

/** What is counted: the head's true counts, and the marks of shards under way, bounded by what a shard can hold. */
async function readHints({ store }: Gathering, head: Head): Promise<{ hints: Hints; tasks: TaskCounts }> {
  if (hasOneShard(head)) return hintsOf(head, [{ ...head, size: head.expected }]);
  const addresses = underWay(head).map((shard) => shardAddress(head, shard));
  const tallies = await Promise.all(addresses.map((address) => store.readTally(address)));
  const shards = addresses.map((address, index) => ({
    arrived: tallies[index]?.arrived ?? 0,
    failed: tallies[index]?.failed ?? 0,
    size: rangeOf(head, address).size,
  }));
  return hintsOf(head, [{ ...head, size: head.expected }, ...shards]);
}

/** Shards that are published and not folded: while a request is open there is only room for a few. */
const underWay = ({ scattered = new Set(), folded = new Set() }: Head): number[] =>
  [...scattered].filter((shard) => !folded.has(shard)).slice(0, 2 * LIMITS.shardsInFlight);

function hintsOf(head: Head, tallies: readonly (Hints & { readonly size: number })[]) {
  const parts = tallies.map(({ size, ...tally }) => {
    const arrived = Math.min(tally.arrived, size);
    const failed = Math.min(tally.failed, arrived);
    return { expected: size, succeeded: arrived - failed, failed };
  });
  const sum = (count: keyof Hints): number => tallies.reduce((total, tally) => total + tally[count], 0);
  return { hints: { arrived: sum('arrived'), failed: sum('failed') }, tasks: totalCounts(head.expected, parts) };
}

/** What is in, folded now and not kept; of a larger request the shards that are folded. */
async function readSummary(gathering: Gathering, head: Head): Promise<Summary> {
  if (hasOneShard(head)) {
    const chosen = await readChosen(gathering, head, headAddress(head.requestId));
    return summaryOf(await foldChosen(gathering, head, chosen));
  }
  const folded = [...(head.folded ?? [])].sort((a, b) => a - b);
  const addresses = folded.map((shard) => shardAddress(head, shard));
  return { ...(await summarize(gathering, head, addresses)), counts: foldedCounts(head) };
}

/** True counts, and the finished aggregate of what is in; `null` while no task has succeeded. */
function foldedSoFar(
  { jobs }: Gathering,
  head: Head,
  summary: Summary,
): Pick<Running, 'tasks' | 'failed' | 'aggregate' | 'error'> {
  const job = jobs.get(head.job);
  const tasks = totalCounts(head.expected, [summary.counts]);
  const known = { tasks, failed: summary.failures };
  if (!job || tasks.succeeded === 0) return { ...known, aggregate: null };
  const finished = finishSummary(job, summary);
  return 'error' in finished
    ? { ...known, aggregate: null, error: finished.error }
    : { ...known, aggregate: finished.value };
}
