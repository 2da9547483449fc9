/** How much code each function ships and how long it takes to load, beside a bundle that only makes the same SDK clients. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Bare, bareBundle, clientNames, clientsIn } from './bundles/bare.ts';
import type { Bundle } from './bundles/build.ts';
import { importTime } from './bundles/import-time.ts';
import { type Subject, subjects } from './bundles/subjects.ts';
import type { Benchmark, Table } from './report.ts';
import { median, repeat, rounded } from './statistics.ts';

const IMPORTS = 9;
/** What a function should stay within, in size and in init, as a multiple of its bare bundle. */
const AIM = 1.3;
const CONTRIBUTORS = 12;

interface Compared {
  readonly subject: Subject;
  readonly bare: Bare;
  readonly bytes: number;
  readonly bareBytes: number;
  readonly initMs: number;
  readonly bareInitMs: number;
}

export const bundles: Benchmark = { question: 'what does each function ship, and how long does it take to load?', run };

async function run(): Promise<Table[]> {
  const folder = mkdtempSync(join(tmpdir(), 'fanfold-bundles-'));
  try {
    const bares = new Map<string, Bare>();
    const compared: Compared[] = [];
    for (const subject of await subjects(folder)) {
      const clients = clientsIn(subject.bundle.shares);
      const bare = bares.get(clients.join()) ?? (await bareBundle(clients, folder));
      bares.set(clients.join(), bare);
      compared.push(await compare(subject, bare));
    }
    return [sizes(compared), inits(compared), ...compared.filter(isOver).map(excess)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The two are imported in turn, so that whatever else the machine does slows both. */
async function compare(subject: Subject, bare: Bare): Promise<Compared> {
  const times = await repeat(IMPORTS, async () => ({
    initMs: await importTime(subject.file, subject.environment),
    bareInitMs: await importTime(bare.file, subject.environment),
  }));
  return {
    subject,
    bare,
    bytes: sizeOf(subject.bundle),
    bareBytes: sizeOf(bare.bundle),
    initMs: median(times.map(({ initMs }) => initMs)),
    bareInitMs: median(times.map(({ bareInitMs }) => bareInitMs)),
  };
}

const total = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);
const sizeOf = ({ files }: Bundle): number => total(files.map((file) => readFileSync(file).length));
const gzipOf = ({ files }: Bundle): number => total(files.map((file) => gzipSync(readFileSync(file)).length));
const ratio = (ours: number, bare: number): number => rounded(ours / bare, 2);

const isOver = ({ bytes, bareBytes, initMs, bareInitMs }: Compared): boolean =>
  bytes > bareBytes * AIM || initMs > bareInitMs * AIM;

const sizes = (all: readonly Compared[]): Table => ({
  title: `size of what is loaded at once, minified (aim: at most ${AIM} × bare)`,
  columns: ['function', 'bytes', 'gzip', 'bare bytes', 'bare gzip', '× bytes', '× gzip', 'clients'],
  rows: all.map(({ subject, bare, bytes, bareBytes }) => {
    const [gzip, bareGzip] = [gzipOf(subject.bundle), gzipOf(bare.bundle)];
    const ratios = [ratio(bytes, bareBytes), ratio(gzip, bareGzip)];
    return [subject.name, bytes, gzip, bareBytes, bareGzip, ...ratios, clientNames(clientsIn(subject.bundle.shares))];
  }),
});

const inits = (all: readonly Compared[]): Table => ({
  title: `init: importing the bundle in a new process (median of ${IMPORTS}; aim: at most ${AIM} × bare)`,
  columns: ['function', 'ms', 'bare ms', '× ms'],
  rows: all.map(({ subject, initMs, bareInitMs }) => [subject.name, initMs, bareInitMs, ratio(initMs, bareInitMs)]),
});

/** Where a bundle over the aim has more bytes than its bare one. */
function excess({ subject, bare }: Compared): Table {
  const more = [...subject.bundle.shares].map(([origin, bytes]) => {
    const bareBytes = bare.bundle.shares.get(origin) ?? 0;
    return [origin, bytes, bareBytes, bytes - bareBytes] as const;
  });
  return {
    title: `${subject.name} is over the aim: what it holds more than its bare bundle`,
    columns: ['package or folder', 'bytes', 'bare bytes', 'more'],
    rows: more.toSorted((left, right) => right[3] - left[3]).slice(0, CONTRIBUTORS),
  };
}
