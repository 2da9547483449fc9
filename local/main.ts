/**
 * `npm start`: the stack on this laptop, from the template and the bundles that would be deployed. `npm run dev` watches the source.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Cloud, startCloud } from './cloud.ts';
import { type Export, readExport, writeExport } from './export.ts';
import { LocalCloudError, oneLine } from './failure.ts';
import { banner, printer } from './terminal.ts';
import { watchSource } from './watch.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const DEFAULT_PORT = 3000;

interface Options {
  readonly port: number;
  readonly watch: boolean;
  readonly verbose: boolean;
  /** Added to the context of `cdk.json`. */
  readonly context: Readonly<Record<string, string>>;
  readonly exports: readonly Export[];
}

function readOptions(): Options {
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    ...{ watch: flag, verbose: flag },
    context: { type: 'string', short: 'c', multiple: true, default: [] as string[] },
    export: { type: 'string', multiple: true, default: [] as string[] },
  } as const;
  try {
    const { context, export: exports, ...flags } = parseArgs({ options }).values;
    const chosen = { context: Object.fromEntries(context.map(readPair)), exports: exports.map(readExport) };
    return { port: readPort(process.env.PORT), ...chosen, ...flags };
  } catch (error) {
    throw new LocalCloudError('bad-option', oneLine(error), { cause: error });
  }
}

/** `key=value`, as the CDK's own command line takes it. */
function readPair(text: string): [string, string] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw new LocalCloudError('bad-option', `-c takes key=value, not ${text}`);
  return [key, value];
}

function readPort(text: string | undefined): number {
  const port = text ? Number(text) : DEFAULT_PORT;
  if (/^\d{0,5}$/.test(text ?? '') && port <= 65_535) return port;
  throw new LocalCloudError('bad-option', `PORT must be a port number, not ${text}`);
}

async function main(): Promise<void> {
  const { port, watch, verbose, context, exports } = readOptions();
  let cloud: Cloud | undefined;
  endOnSignal(async () => cloud?.close());
  cloud = await startCloud({ source: { project: PROJECT, context }, port, onEvent: printer(verbose) });
  for (const each of exports) writeExport(cloud, each);
  if (watch) watchSource(PROJECT, cloud);
  process.stdout.write(banner(cloud));
}

/** Ends in order on the first signal, and at once on the second. What has only begun to start is ended by the process's own end. */
function endOnSignal(close: () => Promise<void>): void {
  let ending = false;
  const end = () => {
    if (ending) process.exit(1);
    ending = true;
    close().then(() => process.exit(0), fail);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  if (process.env.npm_lifecycle_event) endWithParent(end);
}

/** npm starts us through a shell, which may die of a signal without handing it on: then nobody is left to end us. */
function endWithParent(end: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, 500);
  timer.unref();
}

function fail(error: unknown): never {
  process.stderr.write(`fanfold: ${oneLine(error)}\n`);
  process.exit(1);
}

process.on('uncaughtException', fail);
await main().catch(fail);
