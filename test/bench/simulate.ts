/** What the simulator finds when it is given minutes: every invariant under faults, and the targets of hedging and estimates. */
import { replayCommand, runSchedule } from '../../simulation/schedule.ts';
import { type Choices, seriesOf } from '../../simulation/series.ts';
import { type Appraisal, appraise } from '../../simulation/series-report.ts';
import { simulate as simulateSeries } from '../../simulation/simulate.ts';
import { summarize } from '../../simulation/statistics.ts';
import type { Benchmark, Table } from './report.ts';

const SCHEDULES = 10_000;
const REQUESTS = 10_000;
const SEED = 1;

export const simulate: Benchmark = {
  question: `do ${SCHEDULES} schedules of faults hold every invariant, and what are hedging and estimates worth over ${REQUESTS} requests?`,
  run: async () => [await faults(), await series()],
};

async function faults(): Promise<Table> {
  const summary = summarize();
  for (let seed = SEED; seed < SEED + SCHEDULES; seed++) {
    const schedule = await runSchedule(seed);
    if (schedule.broken !== undefined)
      throw new Error(`seed ${seed}: ${schedule.broken}\nReplay: ${replayCommand(seed)}`);
    summary.add(schedule);
  }
  const { invocations, copies, reasons } = summary.report();
  return {
    title: 'schedules of faults, every invariant held',
    columns: ['schedules', 'invocations', 'hedges', ...Object.keys(reasons).toSorted()],
    rows: [
      [
        SCHEDULES,
        invocations,
        copies,
        ...Object.entries(reasons)
          .toSorted()
          .map(([, count]) => count),
      ],
    ],
  };
}

async function series(): Promise<Table> {
  const rows = [
    await row('1 % stragglers, hedging off', 'stragglers', { requests: REQUESTS, hedge: false }),
    await row('1 % stragglers', 'stragglers', { requests: REQUESTS }),
    await row('all slow from the middle on', 'slow', { requests: REQUESTS }),
  ];
  const columns = ['series', 'p50 ms', 'p95 ms', 'p99 ms', 'extra attempts %', 'p95 kept %'];
  return { title: `${REQUESTS} requests of 100 tasks, one after another`, columns, rows };
}

async function row(title: string, name: Parameters<typeof seriesOf>[0], choices: Choices) {
  const chosen = seriesOf(name, choices);
  const { latencyMs, extraAttempts, estimates, broken }: Appraisal = appraise(
    chosen,
    await simulateSeries(chosen, SEED),
  );
  if (broken.length > 0) throw new Error(`${title}, seed ${SEED}: ${broken.join('; ')}`);
  const percent = (share: number): number => Math.round(10_000 * share) / 100;
  return [title, latencyMs.p50, latencyMs.p95, latencyMs.p99, percent(extraAttempts), percent(estimates.kept)];
}
