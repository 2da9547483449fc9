/** What a small request waits for while somebody's large one runs: it has lanes of its own all the way. */
import type { Cloud } from '../../local/cloud.ts';
import { ask } from './caller.ts';
import type { Benchmark, Table } from './report.ts';
import { withCloud } from './stage.ts';
import { median, percentile, repeat, timed } from './statistics.ts';

const LARGE_TASKS = 100_000;
const WARM_UP = 30;
const RUNS = 40;

const SMALL = [
  { what: "another job's request", job: 'direct-trains', input: { from: 'London' } },
  { what: 'a request of the same job, by another owner', job: 'calibrate', input: { tasks: 5 } },
] as const;

export const fairness: Benchmark = {
  question: `how much longer does a small request take while one of ${LARGE_TASKS.toLocaleString('en')} tasks runs?`,
  run: () => withCloud(measure),
};

async function measure(cloud: Cloud): Promise<Table[]> {
  const rows: (string | number)[][] = [];
  for (const { what, job, input } of SMALL) {
    const small = async () => (await timed(() => ask(cloud.url, job, input, '', { owner: 'bob' }))).ms;
    await repeat(WARM_UP, small);
    const idle = await repeat(RUNS, small);
    const { small: busy, seconds } = await whileLargeRuns(cloud, small);
    const ratio = Math.round((100 * median(busy)) / median(idle)) / 100;
    const times = [idle, busy].flatMap((each) => [0.5, 0.9].map((share) => Math.round(percentile(each, share))));
    rows.push([what, ...times, ratio, busy.length, Math.round(LARGE_TASKS / seconds)]);
  }
  const columns = [
    'small request',
    'idle p50 ms',
    'idle p90 ms',
    'busy p50 ms',
    'busy p90 ms',
    'busy / idle',
    'measured',
  ];
  return [{ title: 'small requests, one after another', columns: [...columns, 'large tasks/s'], rows }];
}

/** Times small requests from when a large one has begun until it has its answer. */
async function whileLargeRuns(cloud: Cloud, small: () => Promise<number>) {
  const query = '?deadlineMs=900000';
  let running = true;
  const large = timed(() => ask(cloud.url, 'calibrate', { tasks: LARGE_TASKS }, query, { owner: 'alice' }));
  const ended = large.finally(() => {
    running = false;
  });
  const times: number[] = [];
  while (running) times.push(await small());
  // The first of them met the large request before its tasks were out, the last one after its end.
  return { small: times.slice(1, -1), seconds: (await ended).ms / 1_000 };
}
