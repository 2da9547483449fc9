/** The deployed functions and what triggers them: each verb behind a queue of the sizes that infra gives it. */
import type { SQSRecord } from 'aws-lambda';
import { aggregate } from '../functions/aggregator/aggregate.ts';
import { readBatch } from '../functions/aggregator/batch.ts';
import { closeShard } from '../functions/closer/close-shard.ts';
import { notify } from '../functions/notifier/notify.ts';
import { scatterRange } from '../functions/scatterer/scatter-range.ts';
import { takeTimer } from '../functions/timer/take-timer.ts';
import { CallFailed, type Invocation, invoke } from './invocation.ts';
import { createLeaves } from './leaves.ts';
import { createQueue, type Queue } from './queue.ts';
import { type Network, portsOf, REPLY_TO, type World } from './world.ts';

/** A service's timeout; its messages stay hidden six times as long, and are received five times (infra/parts). */
export const SERVICE_MS = 30_000;
const HIDDEN_MS = 6 * SERVICE_MS;
const RECEIVES = 5;

/** All functions, and what they are connected by. */
export function connect(world: World): Network {
  const serves = <Message>(
    name: string,
    batchSize: number,
    handle: (invocation: Invocation, batch: readonly Message[]) => Promise<readonly Message[]>,
  ): Queue<Message> =>
    createQueue<Message>(world, {
      ...{ batchSize, maxConcurrency: 4, visibilityMs: HIDDEN_MS, maxReceives: RECEIVES },
      dead: () => void world.log.push(`${world.clock.now()} ${name}: a dead letter`),
      async consume(batch) {
        let left = batch;
        const ending = await invoke(world, name, SERVICE_MS, async (invocation) => {
          left = await handle(invocation, batch);
        });
        return ending === 'finished' ? left : batch;
      },
    });
  const aggregator = () =>
    serves<string>('aggregator', 10, (invocation, bodies) => takeReports(world, network, invocation, bodies));
  const network: Network = {
    ...{ results: aggregator(), bulkResults: aggregator() },
    ranges: serves('scatterer', 1, async (invocation, [range]) => {
      if (!range) return [];
      const scattering = { ...portsOf(world, network, invocation), replyTo: REPLY_TO.bulk, leaseMs: SERVICE_MS };
      return (await scatterRange(scattering, range)) === 'taken' ? [range] : [];
    }),
    looks: serves('closer', 1, async (invocation, [look]) => {
      if (look) await closeShard(portsOf(world, network, invocation), look);
      return [];
    }),
    timers: serves('timer', 10, async (invocation, timers) => {
      const ports = { ...portsOf(world, network, invocation), replyTo: REPLY_TO.small };
      await Promise.all(timers.map((timer) => takeTimer(ports, timer)));
      return [];
    }),
    notices: serves('notifier', 10, async (invocation, dues) => {
      const topic = invocation.through({ publish: async () => void world.told++ });
      // No request of a schedule asks to be called back.
      const callbacks = { send: async () => ({ outcome: 'gone', reason: 'nobody is there' }) as const };
      for (const due of dues) await notify({ ...portsOf(world, network, invocation), topic, callbacks }, due);
      return [];
    }),
    deliver: (envelope) => leaves(envelope),
  };
  const leaves = createLeaves(world, network);
  return network;
}

/** As the aggregator's handler does: every request's reports by themselves, and those that failed come again. */
async function takeReports(
  world: World,
  network: Network,
  invocation: Invocation,
  bodies: readonly string[],
): Promise<readonly string[]> {
  const aggregating = { ...portsOf(world, network, invocation), replyTo: REPLY_TO };
  const records = bodies.map((body, index) => ({ body, messageId: String(index) }) as SQSRecord);
  const { requests, unreadable } = readBatch(aggregating, records);
  const failed = new Set<SQSRecord>(unreadable);
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
}
