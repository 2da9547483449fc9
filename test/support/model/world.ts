/** One request's world: the project's own use cases over an in-memory table, and all that surrounds them. */
import assert from 'node:assert/strict';
import type { Aggregating } from '../../../functions/aggregator/aggregate.ts';
import type { Distributing } from '../../../functions/distributor/distribute.ts';
import type { Scattering } from '../../../functions/scatterer/scatter-range.ts';
import type { Expiring } from '../../../functions/timer/expire.ts';
import type { Answer } from '../../../shared/core/answer.ts';
import type { ResultsEnvelope, TaskEnvelope } from '../../../shared/core/envelope.ts';
import { createOwnChunks } from '../../../shared/core/own-chunks.ts';
import type { NoticeDue } from '../../../shared/core/ports/notices.ts';
import type { OwnerLedger } from '../../../shared/core/ports/owners.ts';
import type { ScatterRange, ShardLook, TaskPublisher } from '../../../shared/core/ports/work.ts';
import type { Timer } from '../../../shared/core/timer.ts';
import { jobsByName } from '../../../shared/gathering/context.ts';
import { oneAtATime } from '../../../shared/gathering/one-at-a-time.ts';
import { createMemoryClaims } from '../../../simulation/ports/memory-claims.ts';
import { createMemoryLedger } from '../../../simulation/ports/memory-ledger.ts';
import { createMemoryStore, type MemoryStore } from '../../../simulation/ports/memory-store.ts';
import type { Random } from '../../../simulation/random.ts';
import { aHistory, capturedTelemetry, countingIds, type FakeClock, fakeClock } from '../fakes.ts';
import { createInterleaving, type Interleaving, type Through } from '../interleaving.ts';
import { createLeaves, type Leaves } from './leaves.ts';
import { createQueue, type Queue } from './queue.ts';
import type { Scenario } from './scenario.ts';
import { aMemory, type Memory, witnessed } from './witness.ts';

export const REQUEST = 'request-1';

/** Shorter than a message stays hidden. */
export const LEASE_MS = 2_000;
/** How long one evaluation goes on looking (functions/timer/evaluate.ts). */
const LOOK_MS = 5_000;

export interface World {
  readonly random: Random;
  readonly scenario: Scenario;
  readonly interleaving: Interleaving;
  readonly store: MemoryStore;
  readonly owners: OwnerLedger;
  readonly clock: FakeClock;
  readonly leaves: Leaves;
  readonly queues: {
    readonly results: Queue<ResultsEnvelope>;
    readonly ranges: Queue<ScatterRange>;
    readonly looks: Queue<ShardLook>;
  };
  /** What the aggregator's environments remember that live on; others are new. */
  readonly environments: readonly [Memory, ...Memory[]];
  /** How often the notifier was asked to tell of the request. */
  readonly notices: NoticeDue[];
  /** Timers that sleep. */
  readonly timers: (Timer & { readonly dueAt: number; readonly after?: string; readonly failed?: boolean })[];
  /** What may still happen, so often. */
  readonly left: Record<'deaths' | 'failures' | 'duplicates' | 'hedges' | 'readers' | 'forgeries' | 'cancels', number>;
  readonly going: {
    aggregators: number;
    /** When each scatterer that is at work began. */
    readonly scatterersSince: number[];
    closers: number;
    /** More time passed while somebody published a range than a lease is: it may have ended, and another published it too. */
    overtaken: boolean;
    distributor: 'waiting' | 'running' | 'over';
    /** Callers that got no answer: nobody calls again for them. */
    readonly lost: Set<'cancel' | 'reader'>;
    /** Timers that slept long, for a distributor that had died, passed the deadline before all results were taken in. */
    outOfTime: boolean;
  };
  /** Every answer that a reader was given. */
  readonly observed: Answer[];
  /** Tasks of which a result was marked: that mark is a promise. */
  readonly accepted: Set<number>;
  /** The chunks of each mark that had them beside the head, in order. */
  readonly marks: string[][];
  /** Errors that no step was made to fail with. */
  readonly surprises: unknown[];
  /** Every step taken, for whoever reads a failure. */
  readonly trace: string[];
}

export function createWorld(random: Random, scenario: Scenario): World {
  const { deaths, failures, duplicates, hedges, forgeries, readers, rival, alone } = scenario;
  const clock = fakeClock();
  const results = createQueue<ResultsEnvelope>(random, clock);
  const kept = { store: createMemoryStore(), marks: [] };
  const memory = aMemory(kept);
  return {
    ...{ random, scenario, interleaving: createInterleaving(), timers: [], notices: [], clock },
    leaves: createLeaves(random, scenario, (message) => results.waiting.push(message)),
    queues: { results, ranges: createQueue(random, clock), looks: createQueue(random, clock) },
    ...{ ...kept, owners: createMemoryLedger(), environments: alone ? [memory] : [memory, aMemory(kept, 2, 1_000)] },
    left: { deaths, failures, duplicates, hedges, forgeries, readers, cancels: rival.includes('cancel') ? 1 : 0 },
    going: {
      aggregators: 0,
      scatterersSince: [],
      closers: 0,
      overtaken: false,
      outOfTime: false,
      distributor: 'waiting',
      lost: new Set(),
    },
    ...{ observed: [], accepted: new Set<number>(), surprises: [], trace: [] },
  };
}

/** What an evaluation depends on: one that finds the same again does the same again. */
export function hintsOf({ store }: World): string {
  const { head, shards } = store.inspect(REQUEST);
  const tallies = [...shards].map(([shard, { arrived, failed, sealedAt }]) => [shard, arrived, failed, sealedAt]);
  return JSON.stringify([head?.state, [...(head?.scattered ?? [])], [...(head?.folded ?? [])], tallies]);
}

/** The ports as one process has them: each call waits for its turn. */
export function portsOf(
  world: World,
  through: Through,
): Omit<Aggregating & Distributing & Expiring, 'replyTo' | 'taken'> {
  const { scenario, owners, clock, queues } = world;
  const [before, since] = [hintsOf(world), clock.now()];
  const schedule: Expiring['timers']['schedule'] = async (timer, delaySeconds) => {
    // An evaluation that time overtook has not looked at all there was: the next one finds more.
    const after = timer.hops > 0 && clock.now() < since + LOOK_MS ? { after: before } : {};
    world.timers.push({ ...timer, ...after, dueAt: clock.now() + delaySeconds * 1_000 });
  };
  const send = async (due: NoticeDue) => void world.notices.push(due);
  return {
    ...{ jobs: jobsByName([scenario.job]), clock, telemetry: capturedTelemetry(), claims: createMemoryClaims(clock) },
    ids: {
      ...countingIds(),
      requestId: () => REQUEST,
      chunkId: () => `chunk-${world.random.next()}`,
      leaseId: () => `lease-${world.random.next()}`,
    },
    history: aHistory(clock),
    whoIsPresent: async () => assert.fail('no job of the model has an audience'),
    ...{ retentionMs: 3_600_000, ownerOpenRequests: 2, reclaimedAt: new Map(), callbackHosts: [] },
    ...{ tasksPerShard: scenario.shardSize, shardsInFlight: scenario.shardsInFlight },
    ...{ store: through(witnessed(world)), owners: through(owners) },
    ...{
      inTurn: oneAtATime(),
      ownChunks: createOwnChunks(),
      timers: through({ schedule }),
      publisher: publisherOf(world, through),
    },
    ...{ ranges: through({ send: queues.ranges.send }), shards: through({ send: queues.looks.send }) },
    notices: through({ send }),
    nested: { send: async () => assert.fail('no task of the model divides') },
  };
}

export const aggregatingOf = (world: World, through: Through): Aggregating => ({
  ...portsOf(world, through),
  replyTo: { small: 'results', bulk: 'bulk-results' },
  ...(world.random.chance(world.scenario.strangers) ? aMemory(world) : world.random.pick(world.environments)),
});

export const distributingOf = (world: World, through: Through): Distributing => ({
  ...portsOf(world, through),
  replyTo: 'results',
});

export const scatteringOf = (world: World, through: Through): Scattering => ({
  ...portsOf(world, through),
  ...{ replyTo: 'bulk-results', leaseMs: LEASE_MS },
});

/** Publishes in two calls, so that one may die between them. */
function publisherOf({ leaves, random }: World, through: Through): TaskPublisher {
  const { deliver } = through({ deliver: leaves.deliver });
  return {
    async publish(envelopes) {
      const messages: TaskEnvelope[] = [];
      for await (const envelope of envelopes) messages.push(envelope);
      const cut = random.chance(0.3) ? random.below(messages.length) : messages.length;
      for (const part of [messages.slice(0, cut), messages.slice(cut)]) if (part.length > 0) await deliver(part);
    },
  };
}
