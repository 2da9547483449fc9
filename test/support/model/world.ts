/** One request's world: the project's own use cases over an in-memory table, and all that surrounds them. */
import type { Aggregating } from '../../../functions/aggregator/aggregate.ts';
import type { Distributing } from '../../../functions/distributor/distribute.ts';
import type { Expiring } from '../../../functions/timer/expire.ts';
import type { Answer } from '../../../shared/core/answer.ts';
import type { ResultsEnvelope } from '../../../shared/core/envelope.ts';
import type { TallyAddress } from '../../../shared/core/gathering.ts';
import type { DeadlineTimer, GatheringStore, OwnerLedger } from '../../../shared/core/ports.ts';
import { jobsByName } from '../../../shared/gathering/context.ts';
import { capturedTelemetry, countingIds, type FakeClock, fakeClock } from '../fakes.ts';
import { createInterleaving, type Interleaving, type Through } from '../interleaving.ts';
import { createMemoryLedger } from '../memory-ledger.ts';
import { createMemoryStore, type MemoryStore } from '../memory-store.ts';
import type { Random } from '../random.ts';
import { createLeaves, type ResultsQueue } from './leaves.ts';
import type { Scenario } from './scenario.ts';

export const REQUEST = 'request-1';

export interface World {
  readonly random: Random;
  readonly scenario: Scenario;
  readonly interleaving: Interleaving;
  readonly store: MemoryStore;
  readonly owners: OwnerLedger;
  readonly clock: FakeClock;
  readonly queue: ResultsQueue;
  /** Timers that sleep. */
  readonly timers: (DeadlineTimer & { readonly dueAt: number })[];
  /** What may still happen, so often. */
  readonly left: Record<'deaths' | 'failures' | 'duplicates' | 'readers' | 'forgeries' | 'cancels', number>;
  readonly going: { aggregators: number; distributor: 'waiting' | 'running' | 'over' };
  /** Every answer that a reader was given. */
  readonly observed: Answer[];
  /** Reports whose aggregator finished: nobody has to deliver them again. */
  readonly takenIn: ResultsEnvelope[];
  /** Tasks of which a result was marked: that mark is a promise. */
  readonly accepted: Set<number>;
  /** Errors that no step was made to fail with. */
  readonly surprises: unknown[];
  /** Every step taken, for whoever reads a failure. */
  readonly trace: string[];
}

export function createWorld(random: Random, scenario: Scenario): World {
  const { deaths, failures, duplicates, forgeries, readers, rival } = scenario;
  return {
    ...{ random, scenario, interleaving: createInterleaving(), queue: createLeaves(random, scenario), timers: [] },
    ...{ store: createMemoryStore(), owners: createMemoryLedger(), clock: fakeClock() },
    left: { deaths, failures, duplicates, forgeries, readers, cancels: rival.includes('cancel') ? 1 : 0 },
    going: { aggregators: 0, distributor: 'waiting' },
    ...{ observed: [], takenIn: [], accepted: new Set<number>(), surprises: [], trace: [] },
  };
}

/** The ports as one process has them: each call waits for its turn. */
export function portsOf(world: World, through: Through): Aggregating & Distributing & Expiring {
  const { scenario, owners, clock, queue } = world;
  const schedule: Expiring['timers']['schedule'] = async (timer, delaySeconds) =>
    void world.timers.push({ ...timer, dueAt: clock.now() + delaySeconds * 1_000 });
  return {
    ...{ jobs: jobsByName([scenario.job]), clock, telemetry: capturedTelemetry() },
    ids: { ...countingIds(), requestId: () => REQUEST, chunkId: () => `chunk-${world.random.next()}` },
    ...{ replyTo: 'results', retentionMs: 3_600_000, ownerOpenRequests: 2, tasksPerShard: scenario.shardSize },
    ...{ store: through(witnessed(world)), owners: through(owners) },
    ...{ timers: through({ schedule }), publisher: through(queue) },
  };
}

/** The store, noting of which tasks this process has had a mark accepted after it kept their results. */
function witnessed({ store, accepted }: World): GatheringStore {
  const brought = new Map<TallyAddress['place'], number[]>();
  return {
    ...store,
    async putChunk(address, resultsToken, chunk, ttlEpochSeconds) {
      await store.putChunk(address, resultsToken, chunk, ttlEpochSeconds);
      const tasks = chunk.results.map((result) => result.taskIndex);
      brought.set(address.place, [...(brought.get(address.place) ?? []), ...tasks]);
    },
    async mark(address, resultsToken, added) {
      const marked = await store.mark(address, resultsToken, added);
      if (marked !== 'refused') for (const taskIndex of brought.get(address.place) ?? []) accepted.add(taskIndex);
      return marked;
    },
  };
}
