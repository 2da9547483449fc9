/** The simulator's command; see `USAGE`. */
import { type FaultsOptions, readOptions, type SeriesOptions, USAGE } from './options.ts';
import { replayCommand, runSchedule } from './schedule.ts';
import { seriesOf } from './series.ts';
import { appraise, seriesText } from './series-report.ts';
import { simulate } from './simulate.ts';
import { summarize, toText } from './statistics.ts';

interface Outcome {
  readonly report: object;
  readonly text: string;
  readonly isBroken: boolean;
}

async function runSchedules({ seed, schedules, log }: FaultsOptions): Promise<Outcome> {
  const summary = summarize();
  for (let next = seed; next < seed + schedules; next++) {
    const schedule = await runSchedule(next);
    summary.add(schedule);
    if (log) process.stderr.write(`seed ${next}\n${schedule.log.join('\n')}\n`);
    if (schedule.broken !== undefined) tellBroken(next, schedule.broken, replayCommand(next));
  }
  const report = summary.report();
  return { report, text: toText(report), isBroken: report.broken.length > 0 };
}

async function runSeries({ scenario, seed, requests, hedging, leafMs }: SeriesOptions): Promise<Outcome> {
  const series = seriesOf(scenario, { requests, leafMs, ...(hedging ? {} : { hedge: false }) });
  const report = { scenario, seed, ...appraise(series, await simulate(series, seed)) };
  const again = `npm run simulate -- --scenario ${scenario} --seed ${seed} --requests ${requests}`;
  const command = `${again} --hedging ${hedging ? 'on' : 'off'} --leaf-ms ${leafMs}`;
  for (const message of report.broken) tellBroken(seed, message, command);
  return { report, text: seriesText(report), isBroken: report.broken.length > 0 };
}

const tellBroken = (seed: number, message: string, command: string): void =>
  void process.stderr.write(`seed ${seed}: ${message}\nReplay: ${command}\n`);

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(USAGE);
  else {
    const outcome = await (options.scenario === 'faults' ? runSchedules(options) : runSeries(options));
    process.stdout.write(options.json ? `${JSON.stringify(outcome.report)}\n` : outcome.text);
    process.exitCode = outcome.isBroken ? 1 : 0;
  }
} catch (error) {
  process.stderr.write(`simulate: ${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  process.exitCode = 2;
}
