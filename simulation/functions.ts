/** The deployed functions and what triggers them: each verb behind a queue of the sizes that infra gives it. */
import assert from 'node:assert/strict';
import type { SQSRecord } from 'aws-lambda';
import { type Aggregating, aggregate } from '../functions/aggregator/aggregate.ts';
import { readBatch } from '../functions/aggregator/batch.ts';
import { closeShard } from '../functions/closer/close-shard.ts';
import { notify } from '../functions/notifier/notify.ts';
import { scatterRange } from '../functions/scatterer/scatter-range.ts';
import { takeTimer } from '../functions/timer/take-timer.ts';
import type { NoticeDue } from '../shared/core/ports.ts';
import { type Ports, SERVICE_MS, serve } from './environment.ts';
import { CallFailed, type Invocation } from './invocation.ts';
import { createLeaves } from './leaves.ts';
import { createQueue, type Queue } from './queue.ts';
import { type Network, REPLY_TO, type World } from './world.ts';

/** A service's messages stay hidden six times as long as it may take, and are received five times (infra/parts). */
const HIDDEN_MS = 6 * SERVICE_MS;
const RECEIVES = 5;

interface Service<Message> {
  readonly name: string;
  readonly batchSize: number;
  /** Handles a batch; those of it that were not handled. */
  handle(ports: Ports, batch: readonly Message[], invocation: Invocation): Promise<readonly Message[]>;
}

/** All functions, and what they are connected by. */
export function connect(world: World): Network {
  const serves = <Message>({ name, batchSize, handle }: Service<Message>): Queue<Message> =>
    createQueue<Message>(world, {
      ...{ batchSize, maxConcurrency: world.scenario.atOnce, visibilityMs: HIDDEN_MS, maxReceives: RECEIVES },
      dead: () => void world.log?.push(`${world.clock.now()} ${name}: a dead letter`),
      async consume(batch) {
        let left = batch;
        const ending = await serve(world, network, name, async (ports, invocation) => {
          left = await handle(ports, batch, invocation);
        });
        return ending === 'finished' ? left : batch;
      },
    });
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
      async handle(ports, timers) {
        const timing = { ...ports, replyTo: REPLY_TO.small };
        await Promise.all(timers.map((timer) => takeTimer(timing, timer)));
        return [];
      },
    }),
    notices: serves(notifierOf(world)),
    deliver: (envelope) => leaves(envelope),
  };
  const leaves = createLeaves(world, network);
  return network;
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
    const notifying = { ...ports, topic, callbacks, results, home: REPLY_TO };
    for (const due of dues) await notify(notifying, due);
    return [];
  },
});

/** As the aggregator's handler does: every request's reports by themselves, and those that failed come again. */
const aggregator: Service<string> = {
  ...{ name: 'aggregator', batchSize: 10 },
  async handle(ports, bodies) {
    const aggregating: Aggregating = { ...ports, replyTo: REPLY_TO };
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
