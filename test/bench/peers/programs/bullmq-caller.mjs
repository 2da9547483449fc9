/**
 * Asks for flows: a parent with a child for each task. The parent gathers its children's values, and its result is the answer.
 * Arguments: the URL of Redis, how many worker processes, and how many children each works on at a time.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { FlowProducer, Queue, QueueEvents } from 'bullmq';
import { answering } from './answering.mjs';
import { payloads } from './calibrate.mjs';
import { connect, versionOf } from './redis.mjs';

const [, , url, processes, concurrency] = process.argv;
/** Its own, so that a Redis with other things in it keeps them. */
const prefix = `fanfold-bench-${process.pid}`;
const version = await versionOf(url);
const connection = connect(url);

const workers = [];
for (let started = 0; started < Number(processes); started++) {
  const worker = fork(join(import.meta.dirname, 'bullmq-worker.mjs'), [url, prefix, concurrency]);
  await once(worker, 'message');
  workers.push(worker);
}
const flows = new FlowProducer({ connection, prefix });
const events = new QueueEvents('gatherings', { connection: connect(url), prefix });
await Promise.all([flows.waitUntilReady(), events.waitUntilReady()]);

async function answer(load) {
  const from = performance.now();
  const children = payloads(load).map((data) => ({ name: 'load', queueName: 'tasks', data }));
  const { job } = await flows.add({ name: 'gathering', queueName: 'gatherings', data: load, children });
  const aggregate = await job.waitUntilFinished(events);
  return { ms: performance.now() - from, aggregate };
}

async function end() {
  for (const worker of workers) {
    const ended = once(worker, 'exit');
    worker.disconnect();
    await ended;
  }
  for (const name of ['gatherings', 'tasks']) await new Queue(name, { connection, prefix }).obliterate({ force: true });
}

answering(`redis ${version}`, answer, end);
