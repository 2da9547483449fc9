/** What a job's usual request would break, by what its `plan` says of it. */
import { type Job, type JobPlan, type LeafOptions, ownLeaves } from '../job.ts';
import { ridersOf } from '../pack.ts';
import { constraintOf } from './constraints.ts';
import { type LeafTime, lognormal } from './leaf-time.ts';
import { Forecast, type Outlook } from './outlook.ts';
import { asked, USUAL_TARGET } from './question.ts';
import { mostTasksForAll, quorumFor } from './reliability.ts';
import { brokenBy } from './search.ts';

export type PlannedJob = Pick<Job, 'plan' | 'completion' | 'tasksPerMessage'>;

export interface PlanWarning {
  /** The job and its leaf. */
  readonly subject: string;
  readonly constraint: 'availability' | 'deadline' | 'leaf-timeout' | 'concurrency';
  /** One line that names the job, what it breaks, and both numbers. */
  readonly message: string;
}

type Subject = Pick<Job, 'name' | 'deadlineMs' | 'maxTasks' | 'leaves'> & Partial<PlannedJob>;

/** Warnings of a job that has a plan, for each leaf that is a function of ours as if all tasks were that leaf's; none without one. */
export function planWarnings(job: Subject): PlanWarning[] {
  const { plan } = job;
  if (!plan) return [];
  return ownLeaves(job).flatMap(([name, leaf]) => {
    const forecast = forecastOf(job, plan, leaf);
    const { tasks = 1 } = forecast.question;
    const outlook = forecast.of(tasks, ridersOf({ tasksPerMessage: job.tasksPerMessage ?? 1 }, tasks));
    const subject = `${job.name}.${name}`;
    return breaches(forecast, outlook).map(({ constraint, says }) => ({
      ...{ subject, constraint },
      message: `job "${job.name}", leaf "${name}": ${constraint}: ${says}`,
    }));
  });
}

function forecastOf(job: Subject, plan: JobPlan, leaf: LeafOptions): Forecast {
  const { tasks = job.maxTasks, availability, target = USUAL_TARGET } = plan;
  const { delivery, memoryMb, timeoutMs } = leaf;
  const known = { leafTime: timeOf(plan), tasks, availability, target, successes: successesOf(job, tasks) };
  return new Forecast(asked({ ...known, ...{ delivery, memoryMb, timeoutMs }, deadlineMs: job.deadlineMs }));
}

const timeOf = ({ leafMs }: JobPlan): number | LeafTime =>
  typeof leafMs === 'number' ? leafMs : lognormal(leafMs.p50, leafMs.p99);

/** What a predicate waits for nobody can say: it is taken to wait for one. */
function successesOf({ completion = { kind: 'all' } }: Subject, tasks: number): number {
  if (completion.kind === 'when') return 1;
  if (completion.kind === 'all') return tasks;
  if ('share' in completion) {
    const share = completion.kind === 'quorum' ? completion.share : 1 - completion.share;
    return Math.max(1, Math.ceil(tasks * share - 1e-9));
  }
  return Math.max(1, completion.kind === 'quorum' ? completion.successes : tasks - completion.failures);
}

interface Breach {
  readonly constraint: PlanWarning['constraint'];
  readonly says: string;
}

function breaches(forecast: Forecast, outlook: Outlook): Breach[] {
  const { question } = forecast;
  const { target = USUAL_TARGET } = question;
  const broken = brokenBy(forecast, outlook);
  const { invocations, queued } = outlook.shape;
  return [
    ...(broken.includes('availability')
      ? [{ constraint: 'availability', says: unsure(forecast, outlook) } as const]
      : []),
    ...(broken.includes('leaf-timeout')
      ? [{ constraint: 'leaf-timeout', says: tooLong(forecast, outlook) } as const]
      : []),
    ...(!queued && invocations > question.concurrency
      ? [{ constraint: 'concurrency', says: tooMany(forecast, outlook) } as const]
      : []),
    ...((outlook.inTime ?? 1) < target ? [{ constraint: 'deadline', says: late(forecast, outlook) } as const] : []),
  ];
}

const count = (value: number): string => Math.round(value).toLocaleString('en-US');

function unsure({ question }: Forecast, { shape: { tasks }, successes, availability }: Outlook): string {
  const { availability: each, target = USUAL_TARGET } = question;
  const quorum = quorumFor(each, tasks, target);
  return [
    `${count(successes)} of ${count(tasks)} tasks of availability ${each} are answered with probability ${availability.toPrecision(3)}, and the target is ${target};`,
    successes === tasks ? `it allows ${count(mostTasksForAll(each, target))} tasks, or` : 'it allows',
    `a quorum of ${count(quorum)}`,
  ].join(' ');
}

const tooLong = ({ question }: Forecast, { message, shape }: Outlook): string =>
  `${count(shape.ride)} tasks, one after another, take ${count(message.quantile(0.99))} ms at the 99th percentile, and the function ends after ${count(question.timeoutMs)} ms`;

function tooMany({ question }: Forecast, { shape }: Outlook): string {
  const { source } = constraintOf(question, 'concurrency');
  return `${count(shape.invocations)} messages come at once, and an account has ${count(question.concurrency)} executions (${source})`;
}

const late = ({ question }: Forecast, { shape, p99Ms, inTime = 0 }: Outlook): string =>
  `a request of ${count(shape.tasks)} tasks takes ${count(p99Ms)} ms at the 99th percentile, and its deadline is ${count(question.deadlineMs ?? 0)} ms (kept with probability ${inTime.toPrecision(3)})`;
