/** Callers who wait for what never comes in time: how long after its deadline they have the partial answer. */
import type { Cloud } from '../../local/cloud.ts';
import { ask } from './caller.ts';
import type { Benchmark, Table } from './report.ts';
import { withCloud } from './stage.ts';
import { median, percentile, repeat } from './statistics.ts';

const WARM_UP = 5;
const RUNS = 30;
/** What the design promises of the median, in ms. */
const TARGET_MS = 100;
const DEADLINES_MS = [1_000, 2_500];
const INPUT = { tasks: 10, stragglers: 5, stragglerMs: 8_000 };

export const deadline: Benchmark = {
  question: 'how long after its deadline does a caller who waits have the partial answer?',
  run: () => withCloud(measure),
};

async function measure(cloud: Cloud): Promise<Table[]> {
  const rows: number[][] = [];
  for (const deadlineMs of DEADLINES_MS) {
    const lateness = async () => {
      const { deadlineAt } = await ask(cloud.url, 'calibrate', INPUT, `?deadlineMs=${deadlineMs}`, { ends: 'partial' });
      return Date.now() - deadlineAt;
    };
    await repeat(WARM_UP, lateness);
    const after = await repeat(RUNS, lateness);
    rows.push([deadlineMs, median(after), percentile(after, 0.9), Math.max(...after), median(after) / TARGET_MS]);
  }
  const columns = ['deadline ms', 'p50 ms after it', 'p90 ms', 'longest ms', `p50 of ${TARGET_MS} ms`];
  return [{ title: `${RUNS} requests of which half the tasks hang, Prefer: wait=10`, columns, rows }];
}
