/**
 * Fanfold beside its peers, in one run: `npm run bench:peers [-- --json]`. What the peers need comes from the package
 * registries at the first run. A peer that cannot be had here is in the report, with the reason.
 * Run by itself, on a machine that does nothing else.
 */
import { parseArgs } from 'node:util';
import { toText } from '../report.ts';
import { bullmq } from './bullmq.ts';
import { bestOf, rowsOf, tablesOf } from './comparison.ts';
import { durableExecution } from './durable-execution.ts';
import { fanfold } from './fanfold.ts';
import { type Load, measure } from './measure.ts';

/** Of one way, at one load, before it is measured. */
const WARM_MS = 8_000;

const LOADS: readonly Load[] = [
  { tasks: 5, warmUp: { turn: 100, mostMs: WARM_MS }, runs: 30 },
  { tasks: 100, warmUp: { turn: 40, mostMs: WARM_MS }, runs: 12 },
  { tasks: 1_000, warmUp: { turn: 20, mostMs: WARM_MS }, runs: 10 },
  { tasks: 10_000, warmUp: { turn: 3, mostMs: WARM_MS }, runs: 3 },
];

const heading = {
  name: 'peers',
  question: 'how does Fanfold stand beside others that scatter and gather?',
  command: 'npm run bench:peers',
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  // An exit that cleans up; by default, a signal ends the process as it stands.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const say = (what: string) => process.stderr.write(`bench: ${what}\n`);
  const best = bestOf(await measure([fanfold, bullmq, durableExecution], LOADS, say));
  if (values.json) process.stdout.write(`${JSON.stringify({ rows: rowsOf(best) }, null, 2)}\n`);
  else process.stdout.write(toText({ ...heading, tables: tablesOf(best) }));
  if (best.some(({ system, missing }) => system === 'fanfold' && missing)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
