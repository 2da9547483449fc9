/** What hedging is worth: the same requests with stragglers, with and without it. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cloud, startCloud } from '../../local/cloud.ts';
import { type Random, seededRandom } from '../../simulation/random.ts';
import { synthesizeJobs } from '../support/fixture-project.ts';
import { ask } from './caller.ts';
import type { Benchmark, Table } from './report.ts';
import { PROJECT } from './stage.ts';
import { percentile, timed } from './statistics.ts';

const TASKS = 100;
/** As in the simulator's series: what a request takes beside its leaves is the same for quick leaves, and no copy is spared it. */
const LEAF_MS = 200;
const STRAGGLER_MS = 20 * LEAF_MS;
const STRAGGLERS = 0.01;
/** Callers side by side, each with one request after another. Leaves wait, they do not compute: two cores are enough. */
const CALLERS = 4;
/** Enough for the messages of all requests under way, and for those that stragglers hold on to after theirs was answered. */
const ENVIRONMENTS = 64;
/**
 * Requests by which environments start, side by side. Their tasks fail, and what fails teaches nothing of a leaf's latency: the
 * stragglers here are none of a start.
 */
const COLD = 2 * CALLERS;
/** It takes longer than what was seen takes to be kept, and to be read again, so that the budget is not for want of that. */
const WARM_UP = 80;
const RUNS = 300;
const SEED = 1;

export const hedging: Benchmark = {
  question: `how long does a caller wait for ${TASKS} tasks of which 1 % take 20 times as long, with hedging and without?`,
  async run({ requests = RUNS }) {
    const off = await withCalibrate(`hedge: false,\n  deadlineMs`, (cloud) => measure(cloud, requests));
    const on = await withCalibrate('deadlineMs', (cloud) => measure(cloud, requests));
    const columns = ['hedging', 'p50 ms', 'p90 ms', 'p99 ms', 'extra attempts %'];
    const row = (name: string, { times, copies }: Measured) => [
      name,
      ...[0.5, 0.9, 0.99].map((share) => percentile(times, share)),
      Math.round((10_000 * copies) / (times.length * TASKS)) / 100,
    ];
    const ratio = Math.round((10 * percentile(off.times, 0.99)) / percentile(on.times, 0.99)) / 10;
    return [
      {
        title: `${requests} requests, ${CALLERS} callers, each one after another, after ${WARM_UP} more`,
        columns,
        rows: [row('off', off), row('on', on)],
      },
      { title: 'p99 off / on', columns: ['ratio', 'target'], rows: [[ratio, 5]] },
    ] satisfies Table[];
  },
};

interface Measured {
  readonly times: readonly number[];
  readonly copies: number;
}

/** Each task is a straggler by a chance of its own, the same in both runs; its copy is not. */
async function measure(cloud: Cloud, requests: number): Promise<Measured> {
  const random = seededRandom(SEED);
  const stragglers = Array.from({ length: WARM_UP + requests }, () => stragglersOf(random));
  const cold = { tasks: TASKS, leafMs: STRAGGLER_MS, failing: TASKS };
  await Promise.all(Array.from({ length: COLD }, () => ask(cloud.url, 'calibrate', cold, '', { ends: 'failed' })));
  const call = (chosen: readonly number[]) =>
    inTurn(chosen, async (slow) => {
      const input = {
        tasks: TASKS,
        leafMs: LEAF_MS,
        stragglers: slow,
        stragglerMs: STRAGGLER_MS,
        stragglersOnce: true,
      };
      return (await timed(() => ask(cloud.url, 'calibrate', input))).ms;
    });
  await call(stragglers.slice(0, WARM_UP));
  let copies = 0;
  cloud.intercept(({ action, body }) => {
    if (action === 'PublishBatch') copies += JSON.stringify(body).split('hedge').length - 1;
    return 'pass';
  });
  const times = await call(stragglers.slice(WARM_UP));
  cloud.intercept(undefined);
  return { times, copies };
}

const stragglersOf = (random: Random): number =>
  Array.from({ length: TASKS }).filter(() => random.chance(STRAGGLERS)).length;

/** Does `work` with each of `items`, by callers of whom each takes the next one when it is done with one. */
async function inTurn<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const left = items.values();
  const results: Result[] = [];
  const caller = async (): Promise<void> => {
    for (const item of left) results.push(await work(item));
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return results;
}

/** Does `work` with a cloud whose calibrate has `changed` in place of `deadlineMs`. */
async function withCalibrate<Result>(changed: string, work: (cloud: Cloud) => Promise<Result>): Promise<Result> {
  const project = await synthesizeJobs((jobs) => {
    mkdirSync(jobs);
    cpSync(join(PROJECT, 'jobs/calibrate'), join(jobs, 'calibrate'), { recursive: true });
    const path = join(jobs, 'calibrate/job.ts');
    writeFileSync(path, readFileSync(path, 'utf8').replace('  deadlineMs', `  ${changed}`));
  });
  const cloud = await startCloud({ source: { assembly: project.assembly }, port: 0, limits: { most: ENVIRONMENTS } });
  try {
    return await work(cloud);
  } finally {
    await cloud.close();
    project.remove();
  }
}
