/** From `node local/main.ts` to its ready line, and from Ctrl-C to its clean end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Benchmark, Table } from './report.ts';
import { PROJECT } from './stage.ts';
import { median, repeat, timed } from './statistics.ts';

const RUNS = 5;
const READY = /^fanfold ready on (http:\/\/127\.0\.0\.1:\d+)$/;

export const ready: Benchmark = { question: 'how soon is the stack up, and down again?', run };

async function run(): Promise<Table[]> {
  const runs = await repeat(RUNS, startAndStop);
  const row = (what: string, values: readonly number[]) => [
    what,
    median(values),
    Math.round(Math.min(...values)),
    Math.round(Math.max(...values)),
  ];
  const rows = [
    row(
      'start to ready',
      runs.map(({ readyMs }) => readyMs),
    ),
    row(
      'SIGINT to exit 0',
      runs.map(({ endMs }) => endMs),
    ),
  ];
  return [
    { title: `${RUNS} starts, no build kept between them`, columns: ['what', 'median ms', 'min ms', 'max ms'], rows },
  ];
}

async function startAndStop(): Promise<{ readonly readyMs: number; readonly endMs: number }> {
  const child = spawn(process.execPath, ['local/main.ts'], {
    cwd: PROJECT,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    const complaint = text(child.stderr);
    const { ms: readyMs, result: url } = await timed(() => readyLine(child));
    if (!url) throw new Error(`the start ended before it was ready: ${await complaint}`);
    await assertAnswering(url);
    const { ms: endMs } = await timed(() => interrupt(child));
    await assertGone(url);
    return { readyMs, endMs };
  } finally {
    child.kill('SIGKILL');
  }
}

/** The address of the ready line; nothing if the output ends without one. */
async function readyLine({ stdout }: ChildProcess): Promise<string | undefined> {
  if (!stdout) return undefined;
  const lines = createInterface({ input: stdout });
  for await (const line of lines) {
    const url = READY.exec(line)?.[1];
    if (url) return url;
  }
  return undefined;
}

async function assertAnswering(url: string): Promise<void> {
  const { status } = await fetch(`${url}/health`, { headers: { connection: 'close' } });
  if (status !== 200) throw new Error(`it said it was ready, and answers ${status}`);
}

async function interrupt(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const [code, signal] = await ended;
  if (code !== 0) throw new Error(`SIGINT ended it with ${signal ?? `exit code ${code}`}`);
}

async function assertGone(url: string): Promise<void> {
  const answered = await fetch(url).then(
    () => true,
    () => false,
  );
  if (answered) throw new Error(`something still answers on ${url}`);
}
