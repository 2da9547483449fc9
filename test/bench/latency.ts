/** One caller after the other, each waiting for the answer in its own call. */
import type { Cloud } from '../../local/cloud.ts';
import { ask } from './caller.ts';
import { countCalls } from './calls.ts';
import type { Benchmark, Table } from './report.ts';
import { withCloud } from './stage.ts';
import { percentile, repeat, rounded, timed } from './statistics.ts';

const WARM_UP = 50;
const RUNS = 200;
const COUNTED = 20;
/** Short, so that the timers of the counted requests are soon seen too. */
const COUNTED_DEADLINE = '?deadlineMs=3000';

const LOADS = [
  { job: 'direct-trains', input: { from: 'London' } },
  { job: 'calibrate', input: { tasks: 5 } },
] as const;

export const latency: Benchmark = {
  question: 'how long does a caller wait for an answer, and what does one request call?',
  run: () => withCloud(measure),
};

async function measure(cloud: Cloud): Promise<Table[]> {
  const timings: (readonly (string | number)[])[] = [];
  const counts: Table[] = [];
  for (const { job, input } of LOADS) {
    const name = `${job} ${JSON.stringify(input)}`;
    const request = () => timed(() => ask(cloud.url, job, input));
    const cold = await request();
    await repeat(WARM_UP, request);
    const warm = (await repeat(RUNS, request)).map(({ ms }) => ms);
    timings.push([name, ...[0.5, 0.9, 0.99].map((share) => percentile(warm, share)), rounded(cold.ms)]);
    counts.push(
      await countCalls(`AWS calls of one request (mean of ${COUNTED}): ${name}`, cloud, () =>
        repeat(COUNTED, async () => (await ask(cloud.url, job, input, COUNTED_DEADLINE)).requestId),
      ),
    );
  }
  const columns = ['request', 'p50 ms', 'p90 ms', 'p99 ms', 'first, cold ms'];
  return [
    { title: `${RUNS} requests with Prefer: wait=10, after ${WARM_UP} to warm up`, columns, rows: timings },
    ...counts,
  ];
}
