/** The deployed functions and what triggers them: each verb behind a queue of the sizes that infra gives it. */
import assert from 'node:assert/strict';
import type { SQSRecord } from 'aws-lambda';
import { type Aggregating, aggregate } from '../functions/aggregator/aggregate.ts';
import { readBatch } from '../functions/aggregator/batch.ts';
import { createTaken } from '../functions/aggregator/taken.ts';
import { closeShard } from '../functions/closer/close-shard.ts';
import { notify } from '../functions/notifier/notify.ts';
import { scatterRange } from '../functions/scatterer/scatter-range.ts';
import { takeTimer } from '../functions/timer/take-timer.ts';
import { guard } from '../functions/warden/guard.ts';
import { WARDEN_MS } from '../shared/core/limits.ts';
import type { NoticeDue } from '../shared/core/ports/notices.ts';
import { type Ports, SERVICE_MS, serve } from './environment.ts';
import { CallFailed, type Invocation } from './invocation.ts';
import { createLeaves } from './leaves.ts';
import { createQueue, type Queue } from './queue.ts';
import { type Network, REPLY_TO, type World } from './world.ts';

/** A service's messages stay hidden six times as long as it may take, and are received five times (infra/parts). */
const SERVICE_TIMES = { timeoutMs: SERVICE_MS, visibilityMs: 6 * SERVICE_MS, maxReceives: 5 };
/** The warden's are hidden for as long as it may take, and received more often. */
const WARDEN_TIMES = { timeoutMs: WARDEN_MS, visibilityMs: WARDEN_MS, maxReceives: 450 };

interface Service<Message> {
  readonly name: string;
  readonly batchSize: number;
  readonly times?: typeof SERVICE_TIMES;
  /** Handles a batch; those of it that were not handled. */
  handle(ports: Ports, batch: readonly Message[], invocation: Invocation): Promise<readonly Message[]>;
}

/** All functions, and what they are connected by. */
export function connect(world: World): Network {
  const serves = <Message>({ name, batchSize, times = SERVICE_TIMES, handle }: Service<Message>): Queue<Message> => {
    const { timeoutMs, visibilityMs, maxReceives } = times;
    return createQueue<Message>(world, {
      ...{ name, batchSize, maxConcurrency: world.scenario.atOnce, visibilityMs, maxReceives },
      dead: () => void world.log?.push(`${world.clock.now()} ${name}: a dead letter`),
      async consume(batch) {
        let left = batch;
        const work = async (ports: Ports, invocation: Invocation) => {
          left = await handle(ports, batch, invocation);
        };
        const ending = await serve(world, network, name, work, timeoutMs);
        return ending === 'finished' ? left : batch;
      },
    });
  };
  const network: Network = {
    ...{ results: serves(aggregator), bulkResults: serves(aggregator) },
    ranges: serves({
      ...{ name: 'scatterer', batchSize: 1 },
      async handle(ports, [range]) {
        const scattering = { ...ports, replyTo: REPLY_TO.bulk, leaseMs: SERVICE_MS };
        return range && (await scatterRange(scattering, range)) === 'taken' ? [range] : [];
      },
    }),
    looks: serves({
      ...{ name: 'closer', batchSize: 1 },
      async handle(ports, [look]) {
        if (look) await closeShard(ports, look);
        return [];
      },
    }),
    timers: serves({
      ...{ name: 'timer', batchSize: 10 },
      handle: (ports, timers) => takeEach(timers, (timer) => takeTimer({ ...ports, replyTo: REPLY_TO.small }, timer)),
    }),
    deadlines: serves({
      ...{ name: 'warden', batchSize: 10, times: WARDEN_TIMES },
      handle: (ports, timers) => takeEach(timers, (timer) => guard(ports, timer)),
    }),
    notices: serves(notifierOf(world)),
    deliver: (envelope) => leaves(envelope),
  };
  const leaves = createLeaves(world, network);
  return network;
}

/** As the handlers do: each on its own; those that failed come again. */
async function takeEach<Message>(
  messages: readonly Message[],
  take: (message: Message) => Promise<unknown>,
): Promise<readonly Message[]> {
  const taken = async (message: Message): Promise<readonly Message[]> => {
    try {
      await take(message);
      return [];
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      return [message];
    }
  };
  return (await Promise.all(messages.map(taken))).flat();
}

const notifierOf = ({ watched }: World): Service<NoticeDue> => ({
  ...{ name: 'notifier', batchSize: 10 },
  async handle(ports, dues, { through }) {
    const topic = through({
      async publish({ requestId }: { readonly requestId: string }) {
        const request = watched.get(requestId);
        if (request) request.told++;
      },
    });
    // No request of a schedule asks to be called back.
    const callbacks = { send: async () => ({ outcome: 'gone', reason: 'nobody is there' }) as const };
    // Nor does any answer a task.
    const results = { send: async () => assert.fail('no request of a schedule is nested') };
    const endings = { send: async () => assert.fail('no request of a schedule has nested ones') };
    const notifying = { ...ports, topic, callbacks, results, endings, home: REPLY_TO };
    for (const due of dues) await notify(notifying, due);
    return [];
  },
});

/** As the aggregator's handler does: every request's reports by themselves, and those that failed come again. */
const aggregator: Service<string> = {
  ...{ name: 'aggregator', batchSize: 10 },
  async handle(ports, bodies) {
    // Every batch meets an environment that remembers nothing: there are many.
    const aggregating: Aggregating = { ...ports, replyTo: REPLY_TO, taken: createTaken() };
    const records = bodies.map((body, index) => ({ body, messageId: String(index) }) as SQSRecord);
    const { requests, unreadable } = readBatch(records);
    assert.deepEqual(unreadable, [], 'nobody sends what is no report');
    const failed = new Set<SQSRecord>();
    await Promise.all(
      requests.map(async ({ records: its, reports }) => {
        try {
          await aggregate(aggregating, reports);
        } catch (error) {
          if (!(error instanceof CallFailed)) throw error;
          for (const record of its) failed.add(record);
        }
      }),
    );
    return records.filter((record) => failed.has(record)).map(({ body }) => body);
  },
};
