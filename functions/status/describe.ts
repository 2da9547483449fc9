/**
 * Says how a request stands. A reader after the deadline closes it; a closed one is told as it was kept. While it runs
 * the hints say roughly what is in, and only reading the results themselves says exactly.
 */
import {
  type Answer,
  type FailedTask,
  type FoldedShard,
  finishAll,
  shardCounts,
  type TaskCounts,
  totalCounts,
} from '../../shared/core/answer.ts';
import type { JobError } from '../../shared/core/fold.ts';
import { type Head, hasOneShard, rangeOf, shardAddresses } from '../../shared/core/gathering.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { foldChosen, inTurn, readChosen } from '../../shared/gathering/fold-shard.ts';
import { awaitClosed, settle } from '../../shared/gathering/settle.ts';
import { findOwned, type Named } from './find-owned.ts';

export interface Enquiry extends Named {
  /** How long to wait for the answer, in ms. */
  readonly waitMs: number;
  /** Whether to read and fold what is in so far. */
  readonly partial: boolean;
}

/** What has been marked, as counted: never fewer than are there, possibly more. */
export interface Hints {
  readonly arrived: number;
  readonly failed: number;
}

export interface Running {
  readonly state: 'running';
  readonly head: Head;
  readonly hints: Hints;
  readonly tasks: TaskCounts;
  readonly failed: readonly FailedTask[];
  readonly aggregate: unknown;
  readonly error?: JobError;
}

export type Description = Running | { readonly state: 'closed'; readonly head: Head; readonly answer: Answer };

/** How the owner's request stands, after waiting for its answer if asked; `undefined` when they have no such request. */
export async function describe(gathering: Gathering, enquiry: Enquiry): Promise<Description | undefined> {
  const { requestId, waitMs, partial } = enquiry;
  const head = await findOwned(gathering, enquiry);
  if (!head) return undefined;
  const waits = waitMs > 0 && head.state !== 'closed';
  const until = gathering.clock.now() + waitMs;
  const current = waits ? await awaitClosed(gathering, requestId, until) : await settle(gathering, head);
  return current && describeHead(gathering, current, partial);
}

/** How a request with this head stands; `undefined` when its answer's time to live has passed. */
export async function describeHead(
  gathering: Gathering,
  head: Head,
  partial: boolean,
): Promise<Description | undefined> {
  if (head.state !== 'closed') return describeRunning(gathering, head, partial);
  const answer = await gathering.store.readAnswer(head.requestId, head.version);
  return answer && { state: 'closed', head, answer };
}

/** The hints are read first: results that come in between show under an older tag, never the other way round. */
async function describeRunning(gathering: Gathering, head: Head, partial: boolean): Promise<Running> {
  const { hints, tasks } = await readHints(gathering, head);
  const known = partial ? foldedSoFar(gathering, head, await readFolds(gathering, head)) : undefined;
  return { state: 'running', head, hints, tasks, failed: [], aggregate: null, ...known };
}

/** The marks of every shard: as they were counted, and bounded by what a shard can hold. */
async function readHints({ store }: Gathering, head: Head): Promise<{ hints: Hints; tasks: TaskCounts }> {
  const addresses = shardAddresses(head);
  const tallies = hasOneShard(head) ? [head] : await Promise.all(addresses.map((address) => store.readTally(address)));
  const parts = addresses.map((address, shard) => {
    const { size } = rangeOf(head, address);
    const arrived = Math.min(tallies[shard]?.arrived ?? 0, size);
    const failed = Math.min(tallies[shard]?.failed ?? 0, arrived);
    return { expected: size, succeeded: arrived - failed, failed };
  });
  const sum = (count: keyof Hints): number => tallies.reduce((total, tally) => total + (tally?.[count] ?? 0), 0);
  return { hints: { arrived: sum('arrived'), failed: sum('failed') }, tasks: totalCounts(head.expected, parts) };
}

/** Every shard's fold: the one that was kept, or else one made now and not kept. */
function readFolds(gathering: Gathering, head: Head): Promise<FoldedShard[]> {
  const job = gathering.jobs.get(head.job);
  return inTurn(shardAddresses(head), async (address) => {
    const kept = hasOneShard(head) ? undefined : await gathering.store.readFold(address, rangeOf(head, address));
    return kept ?? foldChosen(job, await readChosen(gathering, head, address));
  });
}

/** True counts, and the finished aggregate of what is in; `null` while no task has succeeded. */
function foldedSoFar(
  { jobs }: Gathering,
  head: Head,
  shards: readonly FoldedShard[],
): Pick<Running, 'tasks' | 'failed' | 'aggregate' | 'error'> {
  const job = jobs.get(head.job);
  const tasks = totalCounts(head.expected, shards.map(shardCounts));
  const failed = shards.flatMap((shard) => shard.failures).slice(0, LIMITS.tasksNamed);
  if (!job || tasks.succeeded === 0) return { tasks, failed, aggregate: null };
  const finished = finishAll(job, shards);
  return 'error' in finished
    ? { tasks, failed, aggregate: null, error: finished.error }
    : { tasks, failed, aggregate: finished.value };
}
