/** The simulator's command; see `USAGE`. */
import { parseArgs } from 'node:util';
import { replayCommand, runSchedule } from './schedule.ts';
import { type Report, summarize, toText } from './statistics.ts';

const USAGE = `usage: npm run simulate -- [--seed S] [--schedules N] [--json] [--log]

Runs N schedules (100) of the gathering under virtual time, from seed S (1) on: seeds S, S + 1, …
Each draws a request and what goes wrong in it. The same seed is the same schedule, byte for byte.
  --json  the report as JSON    --log  every event of every schedule    --help  this text
Exits with 1 when an invariant is broken, after printing the seed and the command that replays it;
with 2 when it is called wrongly.
`;

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
    throw new RangeError(`--${name} must be a whole number from ${least} on, not "${text}"`);
  return value;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      schedules: { type: 'string', default: '100' },
      json: { type: 'boolean', default: false },
      log: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const seed = wholeNumber('seed', values.seed, 0);
  return { ...values, seed, schedules: wholeNumber('schedules', values.schedules, 1) };
}

async function simulate({ seed, schedules, log }: ReturnType<typeof readOptions>): Promise<Report> {
  const summary = summarize();
  for (let next = seed; next < seed + schedules; next++) {
    const schedule = await runSchedule(next);
    summary.add(schedule);
    if (log) process.stderr.write(`seed ${next}\n${schedule.world.log.join('\n')}\n`);
    if (schedule.broken !== undefined)
      process.stderr.write(`seed ${next}: ${schedule.broken}\nReplay: ${replayCommand(next)}\n`);
  }
  return summary.report();
}

try {
  const options = readOptions();
  if (options.help) process.stdout.write(USAGE);
  else {
    const report = await simulate(options);
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : toText(report));
    process.exitCode = report.broken.length > 0 ? 1 : 0;
  }
} catch (error) {
  process.stderr.write(`simulate: ${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  process.exitCode = 2;
}
