/**
 * What the sizes of a larger request's parts cost: the same request on copies of the project in which one limit of
 * `shared/core/limits.ts` is another. The numbers beside those limits come from here. It takes minutes, so it runs only by name.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { amountOf, difference } from '../../local/billing/usage.ts';
import { type Cloud, startCloud } from '../../local/cloud.ts';
import { synthesize } from '../../local/synth.ts';
import { ask } from './caller.ts';
import { assertExact, RESULT_BYTES } from './exact.ts';
import type { Benchmark, Table } from './report.ts';
import { PROJECT } from './stage.ts';
import { median, repeat, rounded, timed } from './statistics.ts';

const TASKS = 50_000;
const RUNS = 3;
const VARIED = {
  tasksPerShard: [625, 1_250, 2_500, 5_000, 10_000],
  shardsInFlight: [1, 2, 4, 8, 16],
} as const;

type Limit = keyof typeof VARIED;

export const thresholds: Benchmark = {
  question: `what does a request of ${TASKS.toLocaleString('en')} tasks cost with other sizes of its parts?`,
  run: async () => {
    const tables: Table[] = [];
    for (const limit of Object.keys(VARIED) as Limit[]) tables.push(await vary(limit));
    return tables;
  },
};

async function vary(limit: Limit): Promise<Table> {
  const rows: number[][] = [];
  for (const value of VARIED[limit]) rows.push([value, ...(await withProject({ limit, value }, measure))]);
  const columns = [limit, 'write units a task', 'read units a task', 'SQS requests a task', 'median tasks/s'];
  return { title: `calibrate, ${RESULT_BYTES} bytes a result, ten a message`, columns, rows };
}

/** Units a task, without what a request of one task has, and how fast it went. */
async function measure(cloud: Cloud): Promise<number[]> {
  await calibrate(cloud, 5_000);
  const before = cloud.usage();
  const times = await repeat(RUNS, () => calibrate(cloud, TASKS));
  const used = difference(cloud.usage(), before).filter(({ subject }) => !/Status|Distributor/.test(subject));
  const units = (['dynamodb-write-units', 'dynamodb-read-units', 'sqs-requests'] as const).map((item) =>
    rounded(amountOf(used, item) / TASKS / RUNS, 4),
  );
  return [...units, Math.round((TASKS * 1_000) / median(times))];
}

async function calibrate({ url }: Cloud, tasks: number): Promise<number> {
  const { ms, result } = await timed(() =>
    ask(url, 'calibrate', { tasks, resultBytes: RESULT_BYTES }, '?deadlineMs=600000'),
  );
  assertExact(result.aggregate, tasks);
  return ms;
}

/** Does `work` on a cloud whose code has `value` for `limit`. */
async function withProject<Result>(
  change: { readonly limit: Limit; readonly value: number },
  work: (cloud: Cloud) => Promise<Result>,
): Promise<Result> {
  const project = copyOf(change);
  try {
    const assembly = join(project, 'assembly');
    await synthesize({ project, outputFolder: assembly });
    const cloud = await startCloud({ source: { assembly }, port: 0 });
    try {
      return await work(cloud);
    } finally {
      await cloud.close();
    }
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

/** A copy, since whatever is imported through a link is found where it really lies. */
function copyOf({ limit, value }: { readonly limit: Limit; readonly value: number }): string {
  const project = mkdtempSync(join(tmpdir(), 'fanfold-thresholds-'));
  for (const name of ['functions', 'shared', 'infra', 'jobs', 'cdk.json', 'package.json'])
    cpSync(join(PROJECT, name), join(project, name), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(project, 'node_modules'));
  const file = join(project, 'shared/core/limits.ts');
  const source = readFileSync(file, 'utf8');
  const place = new RegExp(`(^ {2}${limit}: )[\\d_]+,$`, 'm');
  if (!place.test(source)) throw new Error(`limits.ts names no ${limit}`);
  writeFileSync(file, source.replace(place, `$1${value},`));
  return project;
}
