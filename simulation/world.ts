/** One request's world: the code that is deployed, but for its wiring and adapters, over ports in memory and virtual time. */
import type { Aggregating } from '../functions/aggregator/aggregate.ts';
import type { Distributing } from '../functions/distributor/distribute.ts';
import type { Evaluating } from '../functions/timer/evaluate.ts';
import type { Answer } from '../shared/core/answer.ts';
import type { TaskEnvelope } from '../shared/core/envelope.ts';
import type { TallyAddress } from '../shared/core/gathering.ts';
import { BATCH_ENTRIES } from '../shared/core/limits.ts';
import type {
  GatheringStore,
  HistoryStore,
  NoticeDue,
  OwnerLedger,
  ScatterRange,
  ShardLook,
  TaskPublisher,
  Telemetry,
} from '../shared/core/ports.ts';
import type { Timer } from '../shared/core/timer.ts';
import { jobsByName } from '../shared/gathering/context.ts';
import { createHistory } from '../shared/gathering/history.ts';
import { oneAtATime } from '../shared/gathering/one-at-a-time.ts';
import { drawFaults } from './faults.ts';
import type { Invocation, Surroundings } from './invocation.ts';
import { createMemoryClaims } from './ports/memory-claims.ts';
import { createMemoryHistory } from './ports/memory-history.ts';
import { createMemoryLedger } from './ports/memory-ledger.ts';
import { createMemoryStore, type MemoryStore } from './ports/memory-store.ts';
import type { Queue } from './queue.ts';
import { seededRandom } from './random.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { createVirtualClock } from './virtual-clock.ts';

export const REQUEST = 'request-1';
export const REPLY_TO = { small: 'results', bulk: 'bulk-results' };

export interface World extends Surroundings {
  readonly scenario: Scenario;
  readonly store: MemoryStore;
  readonly owners: OwnerLedger;
  readonly history: HistoryStore;
  /** Task indexes of which a result was marked: that mark is a promise. */
  readonly accepted: Set<number>;
  /** When the last mark was accepted, and when the invocation that made it had begun. */
  lastMark?: { readonly at: number; readonly since: number };
  /** Every answer that somebody was given. */
  readonly given: Answer[];
  closedAt?: number;
  /** Task messages that died without a trace, or could not be answered before their deadline. */
  lost: number;
  /** How often somebody was told that the request closed. */
  told: number;
  names: number;
}

/** What messages travel on. Bodies of results are JSON, as they come in several forms. */
export interface Network {
  readonly results: Queue<string>;
  readonly bulkResults: Queue<string>;
  readonly ranges: Queue<ScatterRange>;
  readonly looks: Queue<ShardLook>;
  readonly timers: Queue<Timer>;
  readonly notices: Queue<NoticeDue>;
  deliver(envelope: TaskEnvelope): void;
}

export function createWorld(seed: number): World {
  const random = seededRandom(seed);
  return {
    ...{ random, scenario: drawScenario(random), faults: drawFaults(random), clock: createVirtualClock(1_000_000) },
    ...{ skews: new Map(), log: [], surprises: [], invocations: 0, store: createMemoryStore() },
    history: createMemoryHistory(),
    ...{ owners: createMemoryLedger(), accepted: new Set(), given: [], lost: 0, told: 0, names: 0 },
  };
}

const silent: Telemetry = { count: () => undefined, log: () => undefined, warn: () => undefined };

/** The ports as one invocation has them. */
export function portsOf(
  world: World,
  network: Network,
  invocation: Invocation,
): Omit<Aggregating & Distributing & Evaluating, 'replyTo'> {
  const { scenario, owners } = world;
  const { through, clock } = invocation;
  const name = (kind: string) => (): string => `${kind}-${++world.names}`;
  const sends = <Message>(queue: Queue<Message>) =>
    through({
      async send(messages: readonly Message[]) {
        for (const message of messages) queue.send(message);
      },
    });
  return {
    ...{ jobs: jobsByName([scenario.job]), clock, telemetry: silent, claims: createMemoryClaims(clock) },
    // Not a step that fails: what the history loses is a sample, and its own tests say so.
    history: createHistory({ store: world.history, clock, telemetry: silent }),
    ids: { requestId: () => REQUEST, resultsToken: name('token'), chunkId: name('chunk'), leaseId: name('lease') },
    ...{ retentionMs: 3_600_000, ownerOpenRequests: 2, callbackHosts: [] },
    ...{ tasksPerShard: scenario.shardSize, shardsInFlight: scenario.shardsInFlight },
    ...{ store: through(witnessed(world, invocation)), owners: through(owners) },
    inTurn: oneAtATime(),
    timers: through({
      async schedule(timer: Timer, delaySeconds: number) {
        network.timers.send(timer, delaySeconds * 1_000);
      },
    }),
    ...{ publisher: publisherOf(world, network, invocation) },
    ...{ ranges: sends(network.ranges), shards: sends(network.looks) },
    notices: through({
      async send(due: NoticeDue, delaySeconds: number) {
        network.notices.send(due, delaySeconds * 1_000);
      },
    }),
  };
}

/** Publishes by tens, and again what of them was not accepted. */
function publisherOf({ faults }: World, { deliver }: Network, { through, clock }: Invocation): TaskPublisher {
  const topic = through({
    async publishBatch(envelopes: readonly TaskEnvelope[]) {
      const failed = new Set(envelopes.filter(() => faults.partial()));
      for (const envelope of envelopes) if (!failed.has(envelope)) deliver(envelope);
      return [...failed];
    },
  });
  return {
    async publish(envelopes) {
      const all: TaskEnvelope[] = [];
      for await (const envelope of envelopes) all.push(envelope);
      for (let rest = all; rest.length > 0; ) {
        const failed = await topic.publishBatch(rest.slice(0, BATCH_ENTRIES));
        rest = [...failed, ...rest.slice(BATCH_ENTRIES)];
        if (failed.length > 0) await clock.sleep(50);
      }
    },
  };
}

/** What one invocation puts and marks together: a forged report beside a genuine one is another matter. */
const nameOf = ({ place }: TallyAddress, resultsToken: string): string => `${place} ${resultsToken}`;

/** The store, noting what it promises. */
function witnessed(world: World, { startedAt }: Invocation): GatheringStore {
  const { store, accepted, clock } = world;
  const brought = new Map<string, number[]>();
  const counted = new Set<string>();
  const closes = <Outcome>(outcome: Outcome): Outcome => {
    if (store.inspect(REQUEST).head?.state === 'closed') world.closedAt ??= clock.now();
    return outcome;
  };
  return {
    ...store,
    publishClosed: async (...values) => closes(await store.publishClosed(...values)),
    closeAtOnce: async (...values) => closes(await store.closeAtOnce(...values)),
    async putChunk(address, resultsToken, chunk, ttlEpochSeconds) {
      await store.putChunk(address, resultsToken, chunk, ttlEpochSeconds);
      const tasks = chunk.results.map((result) => result.taskIndex);
      const name = nameOf(address, resultsToken);
      brought.set(name, [...(brought.get(name) ?? []), ...tasks]);
      if (counted.has(name)) for (const taskIndex of tasks) accepted.add(taskIndex);
    },
    async mark(address, resultsToken, added, inside) {
      const marked = await store.mark(address, resultsToken, added, inside);
      if (marked === 'refused') return marked;
      const name = nameOf(address, resultsToken);
      counted.add(name);
      world.lastMark = { at: clock.now(), since: startedAt };
      const tasks = inside?.results.map((result) => result.taskIndex) ?? brought.get(name) ?? [];
      for (const taskIndex of tasks) accepted.add(taskIndex);
      return marked;
    },
    async closeWhole(whole) {
      const outcome = closes(await store.closeWhole(whole));
      if (outcome === 'refused') return outcome;
      world.lastMark = { at: clock.now(), since: startedAt };
      const { requestId, resultsToken } = whole.header;
      const put = brought.get(nameOf({ requestId, place: 'head' }, resultsToken)) ?? [];
      for (const taskIndex of whole.inside?.results.map((result) => result.taskIndex) ?? put) accepted.add(taskIndex);
      return outcome;
    },
  };
}
