/**
 * What a task and a request cost. The cost of n tasks is taken as `fixed + n · task`, a line through a request of one task and
 * one of n: `task = (cost(n) − cost(1)) / (n − 1)` and `fixed = cost(1) − task`. To `fixed` comes what the deadline's timer uses
 * when it finds the request closed: measured once, by a request of one task with a near deadline that is waited for, and added to every row.
 */
import { type Bill, billOf } from '../../../local/billing/bill.ts';
import { amountOf, type Usage } from '../../../local/billing/usage.ts';
import { type Cloud, startCloud } from '../../../local/cloud.ts';
import { repeat, timed } from '../statistics.ts';
import { addUp, mean, minus, times } from './arithmetic.ts';
import { Refused, requestUsage, timerUsage, type Work } from './metered.ts';
import { jobOf, type Variant } from './variants.ts';

export interface Row extends Variant {
  readonly tasks: number;
  readonly resultBytes: number;
  /** The share of messages that came twice. */
  readonly duplicates: number;
  /** Without Lambda's duration, empty receives and calls of the API; log lines included. */
  readonly dollarsPerMillionTasks: number;
  /** Of a request, the timer's delivery included, beside its tasks and the same things apart. */
  readonly fixedDollarsPerRequest: number;
  readonly writeUnitsPerTask: number;
  readonly readUnitsPerTask: number;
  readonly writeUnitsPerRequest: number;
  /** As long as the functions ran here, which is longer than on AWS when the machine is busy. */
  readonly lambdaDurationDollarsPerMillionTasks: number;
  readonly services: Pick<Bill, 'sns' | 'sqs' | 'lambda' | 'dynamodbWrites' | 'dynamodbReads' | 's3' | 'logs'>;
  /** From the submission until nothing happens any more. */
  readonly seconds: number;
}

export interface Setting {
  readonly assembly: string;
  readonly tasks: readonly number[];
  readonly resultBytes: number;
  readonly seed: number;
  readonly duplicates: number;
  /** Told of sizes that the stack refuses. */
  notice(message: string): void;
}

const MILLION = 1_000_000;
/** A first request of the size that most is said of finds few environments, and so fills its batches otherwise than those after it. */
const WARM_UP_TASKS = 1_000;
const SMALLEST_RUNS = 5;
/** Batches fill by chance in small requests, so those are measured more than once. */
const runsOf = (tasks: number): number => (tasks <= 100 ? 3 : tasks <= 1_000 ? 5 : 1);

/** The rows of one variant, each request by itself. What a request of one task uses is never measured with duplicates. */
export async function rowsOf(variant: Variant, setting: Setting): Promise<Row[]> {
  const work = { job: jobOf(variant), resultBytes: setting.resultBytes };
  const smallest = await onCloud(setting, 0, work, async (cloud) => {
    const one = middle(await repeat(SMALLEST_RUNS, () => requestUsage(cloud, { ...work, tasks: 1 })));
    return { one, timer: await timerUsage(cloud, { ...work, tasks: 1 }, one) };
  });
  return onCloud(setting, setting.duplicates, work, (cloud) => measure(cloud, variant, setting, smallest));
}

/** Does `task` on a cloud of its own that has done `work`'s job before. */
async function onCloud<Result>(
  { assembly, seed }: Setting,
  repeats: number,
  work: Omit<Work, 'tasks'>,
  task: (cloud: Cloud) => Promise<Result>,
): Promise<Result> {
  const pessimism = { seed, duplicates: 0, stragglers: 0, lateMs: 0, disorder: { repeats } };
  const cloud = await startCloud({ source: { assembly }, port: 0, pessimism });
  try {
    await requestUsage(cloud, { ...work, tasks: WARM_UP_TASKS });
    return await task(cloud);
  } finally {
    await cloud.close();
  }
}

interface Smallest {
  readonly one: Usage;
  readonly timer: Usage;
}

async function measure(cloud: Cloud, variant: Variant, setting: Setting, { one, timer }: Smallest): Promise<Row[]> {
  const job = jobOf(variant);
  const rows: Row[] = [];
  for (const tasks of setting.tasks) {
    try {
      const usage = () => requestUsage(cloud, { job, resultBytes: setting.resultBytes, tasks });
      const { ms, result: runs } = await timed(() => repeat(runsOf(tasks), usage));
      const seconds = ms / 1_000 / runs.length;
      rows.push(rowOf({ ...variant, ...setting, tasks, seconds }, one, mean(runs), timer));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      setting.notice(`${job} takes no request of ${tasks} tasks here: ${error.message}`);
    }
  }
  return rows;
}

/** The one of middle cost: what a request of one task does is always the same, unless something goes wrong in it. */
function middle(usages: readonly Usage[]): Usage {
  const sorted = usages.toSorted((left, right) => billOf(left).total - billOf(right).total);
  return sorted[Math.floor(sorted.length / 2)] ?? [];
}

type Measured = Variant & Pick<Row, 'tasks' | 'resultBytes' | 'duplicates' | 'seconds'>;

/** The row of requests that used `many` for n tasks and `one` for one, with a timer that used `timer`. */
export function rowOf(measured: Measured, one: Usage, many: Usage, timer: Usage): Row {
  const { tasks, resultBytes, delivery, tasksPerMessage, duplicates, seconds } = measured;
  const task = times(minus(many, one), 1 / (tasks - 1));
  const fixed = addUp([minus(one, task), timer]);
  const { sns, sqs, lambda, dynamodbWrites, dynamodbReads, s3, logs, lambdaDuration, total } = billOf(
    times(task, MILLION),
  );
  return {
    ...{ tasks, resultBytes, delivery, tasksPerMessage, duplicates },
    dollarsPerMillionTasks: total,
    fixedDollarsPerRequest: billOf(fixed).total,
    writeUnitsPerTask: amountOf(task, 'dynamodb-write-units'),
    readUnitsPerTask: amountOf(task, 'dynamodb-read-units'),
    writeUnitsPerRequest: amountOf(fixed, 'dynamodb-write-units'),
    lambdaDurationDollarsPerMillionTasks: lambdaDuration,
    services: { sns, sqs, lambda, dynamodbWrites, dynamodbReads, s3, logs },
    seconds,
  };
}
