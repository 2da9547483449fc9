/**
 * A million tasks in one request, and a hundred thousand that compute, with no function given more than 256 MB: a heap that grew with the
 * request would end in a crash. It takes minutes, so it runs only by name.
 */
import { rmSync } from 'node:fs';
import { type Cloud, startCloud } from '../../local/cloud.ts';
import { withMemory } from '../support/amended-assembly.ts';
import { ask } from './caller.ts';
import type { Benchmark, Table } from './report.ts';
import { projectAssembly } from './stage.ts';
import { timed } from './statistics.ts';

const MEMORY_MB = 256;
const LOADS = [
  {
    job: 'calibrate',
    input: { tasks: 1_000_000, resultBytes: 200 },
    tasks: 1_000_000,
    expect: 'sumOfIndexes',
    is: 499_999_500_000,
  },
  {
    job: 'prime-count',
    input: { below: 1_000_000_000, tasks: 100_000 },
    tasks: 100_000,
    expect: 'count',
    is: 50_847_534,
  },
] as const;

export const million: Benchmark = {
  question: `does a request of a million tasks complete, every one counted once, with no function over ${MEMORY_MB} MB?`,
  run,
};

async function run(): Promise<Table[]> {
  const assembly = withMemory(await projectAssembly(), MEMORY_MB);
  const cloud = await startCloud({ source: { assembly }, port: 0 });
  try {
    return [await measure(cloud)];
  } finally {
    await cloud.close();
    rmSync(assembly, { recursive: true, force: true });
  }
}

async function measure(cloud: Cloud): Promise<Table> {
  let deaths = 0;
  cloud.listen((event) => {
    if (event.kind === 'invocation-ended' && event.error) deaths += 1;
  });
  const rows: (string | number)[][] = [];
  for (const { job, input, tasks, expect, is } of LOADS) {
    const { ms, result } = await timed(() => ask(cloud.url, job, input, '?deadlineMs=3600000'));
    if (result.aggregate?.[expect] !== is) throw new Error(`wrong answer: ${JSON.stringify(result.aggregate)}`);
    rows.push([`${job} ${JSON.stringify(input)}`, Math.round(ms / 1_000), Math.round((tasks * 1_000) / ms), deaths]);
  }
  const columns = ['request', 'seconds', 'tasks/s', 'failed invocations'];
  return { title: `functions of ${MEMORY_MB} MB`, columns, rows };
}
