/** What hedging is worth: the same requests with stragglers, with and without it. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cloud, startCloud } from '../../local/cloud.ts';
import { seededRandom } from '../../simulation/random.ts';
import { synthesizeJobs } from '../support/fixture-project.ts';
import { ask } from './caller.ts';
import type { Benchmark, Table } from './report.ts';
import { PROJECT } from './stage.ts';
import { percentile, repeat, timed } from './statistics.ts';

const TASKS = 100;
const LEAF_MS = 50;
const STRAGGLER_MS = 20 * LEAF_MS;
const STRAGGLERS = 0.01;
/** Longer than what was seen takes to be kept, and to be read again. */
const WARM_UP = 60;
const RUNS = 300;
const SEED = 1;

export const hedging: Benchmark = {
  question: `how long does a caller wait for ${TASKS} tasks of which 1 % take 20 times as long, with hedging and without?`,
  async run() {
    const off = await withCalibrate(`hedge: false,\n  deadlineMs`, measure);
    const on = await withCalibrate('deadlineMs', measure);
    const columns = ['hedging', 'p50 ms', 'p90 ms', 'p99 ms', 'extra attempts %'];
    const row = (name: string, { times, copies }: Measured) => [
      name,
      ...[0.5, 0.9, 0.99].map((share) => percentile(times, share)),
      Math.round((10_000 * copies) / (times.length * TASKS)) / 100,
    ];
    const ratio = Math.round((10 * percentile(off.times, 0.99)) / percentile(on.times, 0.99)) / 10;
    return [
      {
        title: `${RUNS} requests, one after another, after ${WARM_UP}`,
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
async function measure(cloud: Cloud): Promise<Measured> {
  const random = seededRandom(SEED);
  const stragglers = () => Array.from({ length: TASKS }).filter(() => random.chance(STRAGGLERS)).length;
  const request = async () => {
    const input = { tasks: TASKS, leafMs: LEAF_MS, stragglers: stragglers(), stragglerMs: STRAGGLER_MS };
    return (await timed(() => ask(cloud.url, 'calibrate', { ...input, stragglersOnce: true }))).ms;
  };
  await repeat(WARM_UP, request);
  let copies = 0;
  cloud.intercept(({ action, body }) => {
    if (action === 'PublishBatch') copies += JSON.stringify(body).split('hedge').length - 1;
    return 'pass';
  });
  const times = await repeat(RUNS, request);
  cloud.intercept(undefined);
  return { times, copies };
}

/** Does `work` with a cloud whose calibrate has `changed` in place of `deadlineMs`. */
async function withCalibrate<Result>(changed: string, work: (cloud: Cloud) => Promise<Result>): Promise<Result> {
  const project = await synthesizeJobs((jobs) => {
    mkdirSync(jobs);
    cpSync(join(PROJECT, 'jobs/calibrate'), join(jobs, 'calibrate'), { recursive: true });
    const path = join(jobs, 'calibrate/job.ts');
    writeFileSync(path, readFileSync(path, 'utf8').replace('  deadlineMs', `  ${changed}`));
  });
  const cloud = await startCloud({ source: { assembly: project.assembly }, port: 0 });
  try {
    return await work(cloud);
  } finally {
    await cloud.close();
    project.remove();
  }
}
