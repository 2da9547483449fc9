/** How fast tasks that do nothing go through the whole stack, and whether every one of them is in the answer. */
import type { Cloud } from '../../local/cloud.ts';
import { ask } from './caller.ts';
import { assertExact, RESULT_BYTES } from './exact.ts';
import type { Benchmark, Table } from './report.ts';
import { withCloud } from './stage.ts';
import { median, repeat, timed } from './statistics.ts';

const LOADS = [
  { tasks: 1_000, runs: 5 },
  { tasks: 10_000, runs: 3 },
] as const;

export const throughput: Benchmark = {
  question: 'how many tasks a second does the stack take, from the call to the answer?',
  run: () => withCloud(measure),
};

async function measure(cloud: Cloud): Promise<Table[]> {
  const rows: number[][] = [];
  await calibrate(cloud, 1_000);
  for (const { tasks, runs } of LOADS) {
    const times = await repeat(runs, () => calibrate(cloud, tasks));
    const middle = median(times);
    rows.push([tasks, runs, Math.round(middle), Math.round((tasks * 1_000) / middle)]);
  }
  const columns = ['tasks', 'runs', 'median ms', 'tasks/s'];
  return [{ title: `calibrate, ${RESULT_BYTES} bytes a result, leaves that take no time`, columns, rows }];
}

/** The time from the call to its answer, in ms. Throws if a task is missing from it, or in it twice. */
async function calibrate({ url }: Cloud, tasks: number): Promise<number> {
  const { ms, result } = await timed(() => ask(url, 'calibrate', { tasks, resultBytes: RESULT_BYTES, leafMs: 0 }));
  assertExact(result.aggregate, tasks);
  return ms;
}
