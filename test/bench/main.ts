/**
 * The benchmarks: `node test/bench/main.ts [--json] [ready|latency|deadline|throughput|fairness|bundles|hedging|million|thresholds|simulate|root …]`, all but the last five by default.
 * Run by itself, on a machine that does nothing else: two of the functions' processes fill two cores.
 */
import { parseArgs } from 'node:util';
import { bundles } from './bundles.ts';
import { deadline } from './deadline.ts';
import { fairness } from './fairness.ts';
import { hedging } from './hedging.ts';
import { latency } from './latency.ts';
import { million } from './million.ts';
import { ready } from './ready.ts';
import { type Benchmark, commandOf, type Measured, toJson, toText } from './report.ts';
import { root } from './root.ts';
import { simulate } from './simulate.ts';
import { thresholds } from './thresholds.ts';
import { throughput } from './throughput.ts';

const USUAL: Readonly<Record<string, Benchmark>> = { ready, latency, deadline, throughput, fairness, bundles };
const BENCHMARKS: Readonly<Record<string, Benchmark>> = { ...USUAL, hedging, million, thresholds, simulate, root };

function readOptions(): { readonly json: boolean; readonly names: readonly string[] } {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.find((name) => !Object.hasOwn(BENCHMARKS, name));
  if (unknown) throw new Error(`there is no benchmark ${unknown}; there are ${Object.keys(BENCHMARKS).join(', ')}`);
  return { json: values.json, names: positionals.length > 0 ? positionals : Object.keys(USUAL) };
}

async function measure(name: string): Promise<Measured> {
  const benchmark = BENCHMARKS[name] as Benchmark;
  return { name, question: benchmark.question, command: commandOf(name), tables: await benchmark.run() };
}

async function main(): Promise<void> {
  const { json, names } = readOptions();
  const all: Measured[] = [];
  for (const name of names) {
    const measured = await measure(name);
    all.push(measured);
    if (!json) process.stdout.write(toText(measured));
  }
  if (json) process.stdout.write(toJson(all));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
