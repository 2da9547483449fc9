/**
 * The benchmarks: `node test/bench/main.ts [--json] [--requests N] [ready|latency|deadline|throughput|fairness|bundles|hedging|million|thresholds|simulate|root …]`, all but the last five by default.
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
import { type Benchmark, commandOf, type Extent, type Measured, toJson, toText } from './report.ts';
import { root } from './root.ts';
import { simulate } from './simulate.ts';
import { thresholds } from './thresholds.ts';
import { throughput } from './throughput.ts';

const USUAL: Readonly<Record<string, Benchmark>> = { ready, latency, deadline, throughput, fairness, bundles };
const BENCHMARKS: Readonly<Record<string, Benchmark>> = { ...USUAL, hedging, million, thresholds, simulate, root };

/** Benchmarks that count requests, so that a shorter run may be asked for. */
const COUNTED = ['hedging'];

interface Options {
  readonly json: boolean;
  readonly names: readonly string[];
  readonly extent: Extent;
}

function readOptions(): Options {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false }, requests: { type: 'string' } },
    allowPositionals: true,
  });
  const unknown = positionals.find((name) => !Object.hasOwn(BENCHMARKS, name));
  if (unknown) throw new Error(`there is no benchmark ${unknown}; there are ${Object.keys(BENCHMARKS).join(', ')}`);
  const names = positionals.length > 0 ? positionals : Object.keys(USUAL);
  return { json: values.json, names, extent: extentOf(names, values.requests) };
}

function extentOf(names: readonly string[], requests: string | undefined): Extent {
  if (requests === undefined) return {};
  if (!/^[1-9]\d{0,5}$/.test(requests))
    throw new Error(`--requests must be a whole number from 1 on, not "${requests}"`);
  const uncounted = names.find((name) => !COUNTED.includes(name));
  if (uncounted) throw new Error(`--requests is for ${COUNTED.join(', ')}, not for ${uncounted}`);
  return { requests: Number(requests) };
}

async function measure(name: string, extent: Extent): Promise<Measured> {
  const benchmark = BENCHMARKS[name] as Benchmark;
  const { question } = benchmark;
  return { name, question, command: commandOf(name, extent), tables: await benchmark.run(extent) };
}

async function main(): Promise<void> {
  const { json, names, extent } = readOptions();
  const all: Measured[] = [];
  for (const name of names) {
    const measured = await measure(name, extent);
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
