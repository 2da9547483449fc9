/** A function as it is deployed, but for its handler and adapters: a verb with its ports, in one invocation. */
import assert from 'node:assert/strict';
import type { Aggregating } from '../functions/aggregator/aggregate.ts';
import type { Distributing } from '../functions/distributor/distribute.ts';
import type { Timing } from '../functions/timer/take-timer.ts';
import { createOwnChunks } from '../shared/core/own-chunks.ts';
import type { HistoryStore } from '../shared/core/ports/history-store.ts';
import type { NoticeDue } from '../shared/core/ports/notices.ts';
import type { Telemetry } from '../shared/core/ports/telemetry.ts';
import { isDeadline, type Timer } from '../shared/core/timer.ts';
import { jobsByName } from '../shared/gathering/context.ts';
import { createHistory, type History } from '../shared/gathering/history.ts';
import { oneAtATime } from '../shared/gathering/one-at-a-time.ts';
import { type Ending, type Invocation, invoke } from './invocation.ts';
import { createMemoryClaims } from './ports/memory-claims.ts';
import type { Queue } from './queue.ts';
import { publisherOf, witnessed } from './witness.ts';
import type { Environment, Network, World } from './world.ts';

export type Ports = Omit<Aggregating & Distributing & Timing, 'replyTo' | 'taken'>;

/** A service's timeout, in ms. */
export const SERVICE_MS = 30_000;

export const silent: Telemetry = { count: () => undefined, log: () => undefined, warn: () => undefined };

/** Invokes a service in an environment of its own; what that has seen of its jobs is kept at the end, as the deployed handlers do. */
export const serve = (
  world: World,
  network: Network,
  name: string,
  body: (ports: Ports, invocation: Invocation) => Promise<unknown>,
  timeoutMs: number = SERVICE_MS,
): Promise<Ending> =>
  inEnvironment(world, name, (environment) =>
    invoke(world, name, timeoutMs, async (invocation) => {
      const history = historyOf(world, environment, invocation);
      environment.ownChunks ??= createOwnChunks();
      const ports = { ...portsOf(world, network, invocation, history), ownChunks: environment.ownChunks };
      try {
        await body(ports, invocation);
      } finally {
        await history.flush();
      }
    }),
  );

/** Has an environment of a function's that serves nobody, or a new one. */
export async function inEnvironment(
  world: World,
  name: string,
  run: (environment: Environment) => Promise<Ending>,
): Promise<Ending> {
  const idle = world.idle.get(name) ?? [];
  world.idle.set(name, idle);
  const environment = idle.pop() ?? { now: undefined };
  const ending = await run(environment);
  // One that died has taken with it what it had seen.
  if (ending === 'finished' || ending === 'failed') idle.push(environment);
  return ending;
}

/** The ports as one invocation has them. */
function portsOf(world: World, network: Network, invocation: Invocation, history: History): Omit<Ports, 'ownChunks'> {
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
    ids: { requestId: name('id'), resultsToken: name('token'), chunkId: name('chunk'), leaseId: name('lease') },
    nested: { send: async () => assert.fail('no task of a schedule divides') },
    whoIsPresent: async () => assert.fail('no job of a schedule has an audience'),
    ...{ retentionMs: 3_600_000, ownerOpenRequests: 2, reclaimedAt: new Map(), callbackHosts: [] },
    ...{ tasksPerShard: scenario.shardSize, shardsInFlight: scenario.shardsInFlight },
    ...{ store: through(witnessed(world, invocation)), owners: through(owners), history },
    inTurn: oneAtATime(),
    timers: through({
      async schedule(timer: Timer, delaySeconds: number) {
        if (isDeadline(timer)) network.deadlines.send(timer, delaySeconds * 1_000);
        else network.timers.send(timer, delaySeconds * 1_000);
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

/** It outlives the invocation: the environment's calls of its store are those of the invocation that it serves. */
function historyOf({ history: store }: World, environment: Environment, { clock, through }: Invocation): History {
  environment.now = through(store);
  const calls: HistoryStore = {
    add: (...values) => (environment.now ?? store).add(...values),
    read: (...values) => (environment.now ?? store).read(...values),
    spend: (...values) => (environment.now ?? store).spend(...values),
  };
  environment.history ??= createHistory({ store: calls, clock, telemetry: silent });
  return environment.history;
}
