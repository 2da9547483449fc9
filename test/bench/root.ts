/** What a request costs a root in processor time: the planner's defaults are from here. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCloud } from '../../local/cloud.ts';
import { synthesize } from '../../local/synth.ts';
import { buildRootBundle, type RootProcess, startRoot } from '../support/roots.ts';
import { ask } from './caller.ts';
import type { Benchmark, Table } from './report.ts';
import { PROJECT } from './stage.ts';
import { rounded } from './statistics.ts';

const LOADS = [
  { job: 'calibrate', input: { tasks: 5 }, requests: 300, messages: 1, tasks: 5 },
  { job: 'direct-trains', input: { from: 'London' }, requests: 300, messages: 5, tasks: 5 },
  { job: 'calibrate', input: { tasks: 200 }, requests: 100, messages: 20, tasks: 200 },
  { job: 'calibrate', input: { tasks: 1_000 }, requests: 40, messages: 100, tasks: 1_000 },
] as const;
/** Callers at a time: enough that batches hold more than one request's results, as under a load worth a root. */
const CALLERS = 16;
const WARM_UP = 60;

export const root: Benchmark = {
  question: 'how much processor time does a root need for a request, a message and a task?',
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fanfold-bench-root-'));
    try {
      return await measure(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(folder: string): Promise<Table[]> {
  const assembly = join(folder, 'assembly');
  await synthesize({ project: PROJECT, outputFolder: assembly, context: { services: 'root', auth: 'none' } });
  const bundle = buildRootBundle(PROJECT, join(folder, 'root'));
  const cloud = await startCloud({ source: { assembly }, port: 0 });
  const started = await startRoot(cloud, bundle, 'bench');
  try {
    const perRequest: number[] = [];
    for (const load of LOADS) perRequest.push(await cpuMsOf(started, load));
    return tablesOf(perRequest);
  } finally {
    await started.end('SIGKILL');
    await cloud.close();
  }
}

/** Processor time of the root for one request of the load, in ms. */
async function cpuMsOf({ url, pid }: RootProcess, { job, input, requests }: (typeof LOADS)[number]): Promise<number> {
  await many(WARM_UP, () => ask(url, job, input));
  const before = cpuMs(pid);
  await many(requests, () => ask(url, job, input));
  return (cpuMs(pid) - before) / requests;
}

async function many(times: number, work: () => Promise<unknown>): Promise<void> {
  let left = times;
  const caller = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

/** Of Linux's clock ticks, of which a second has a hundred (proc(5): utime and stime). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/**
 * From the first two what a message costs whose results come alone, which is what they do where tasks take their time; from the
 * last two what one more task costs where many come together, its part of a message included.
 */
function tablesOf(all: readonly number[]): Table[] {
  const [few = 0, apart = 0, many = 0, most = 0] = all;
  const [first, second, third, last] = LOADS;
  const message = (apart - few) / (second.messages - first.messages);
  const task = (most - many) / (last.tasks - third.tasks);
  const request = few - first.messages * message - first.tasks * task;
  return [
    {
      title: `processor time of one root, ${CALLERS} callers at a time`,
      columns: ['load', 'messages', 'tasks', 'requests', 'ms a request'],
      rows: LOADS.map(({ job, messages, tasks, requests }, index) => [
        ...[job, messages, tasks, requests],
        rounded(all[index] ?? 0),
      ]),
    },
    {
      title: 'of which',
      columns: ['a request ms', 'a message alone ms', 'a task ms'],
      rows: [[request, message, task].map((ms) => Math.round(ms * 1_000) / 1_000)],
    },
  ];
}
