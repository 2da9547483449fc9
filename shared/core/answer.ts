/**
 * The answer of a closed request, built from its folded membership and never changed afterwards. Late results may make
 * further versions of it, each with a membership that has all of the one before.
 * Law: `succeeded + failed + missing = expected`, and every count is that of the membership.
 */
import { type CompletionReason, type Counts, type RequestStatus, settledReason, statusOf } from './completion.ts';
import type { FailedResult } from './envelope.ts';
import { type Attempted, finish, JOB_IS_GONE, type JobError, mergeAll, predicateMet } from './fold.ts';
import { type Head, shardOf, type TaskRange } from './gathering.ts';
import type { Job } from './job.ts';
import { LIMITS } from './limits.ts';
import { type Chosen, type Membership, membershipCounts, membershipOf, missingIndexes } from './membership.ts';

export type MissingCause = 'timed-out' | 'not-sent' | 'not-awaited' | 'cancelled' | 'job-error';

export interface FailedTask {
  readonly taskIndex: number;
  readonly label?: string;
  readonly cause: string;
  readonly message: string;
}

export interface MissingTask {
  readonly taskIndex: number;
  readonly label?: string;
  readonly cause: MissingCause;
}

export interface TaskCounts extends Counts {
  readonly missing: number;
}

/** A range's accumulator with its membership. What it says is in; everything else is late. */
export interface FoldedShard {
  readonly range: TaskRange;
  readonly membership: Membership;
  readonly accumulated: Attempted<unknown>;
  /** The first failures of the range, as many as an answer names. */
  readonly failures: readonly FailedTask[];
}

export interface Answer {
  readonly version: number;
  readonly status: RequestStatus;
  readonly completionReason: CompletionReason;
  readonly tasks: TaskCounts;
  /** The first `LIMITS.tasksNamed` of each. */
  readonly failed: readonly FailedTask[];
  readonly missing: readonly MissingTask[];
  readonly aggregate: unknown;
  readonly error?: JobError;
  readonly closedAt: number;
  /** When this version was made of late results; absent of the version that closed the request. */
  readonly amendedAt?: number;
  /** Membership of a request of one shard; larger requests keep it with each folded shard. */
  readonly membership?: Membership;
}

export const failedTask = ({ taskIndex, label, error }: FailedResult): FailedTask => ({
  taskIndex,
  ...(label === undefined ? {} : { label }),
  cause: error.cause,
  message: error.message.slice(0, LIMITS.messageLength),
});

/** A shard as it is folded from the results chosen for it. */
export const foldedShard = (chosen: Chosen, accumulated: Attempted<unknown>): FoldedShard => ({
  range: chosen.range,
  membership: membershipOf(chosen),
  accumulated,
  failures: chosen.failures.slice(0, LIMITS.tasksNamed).map(failedTask),
});

/** The sum of some ranges' true counts, out of `expected` tasks. */
export function totalCounts(expected: number, parts: readonly Counts[]): TaskCounts {
  const succeeded = parts.reduce((sum, part) => sum + part.succeeded, 0);
  const failed = parts.reduce((sum, part) => sum + part.failed, 0);
  return { expected, succeeded, failed, missing: expected - succeeded - failed };
}

export const shardCounts = ({ range, membership }: FoldedShard): Counts => membershipCounts(range.size, membership);

/** What a head knows of what was published. */
type Sending = Pick<Head, 'shardSize' | 'scattered' | 'scatteredAt'>;

/** Whether a task was published, as its head knows. */
const wasSent = (head: Sending, taskIndex: number): boolean =>
  head.scatteredAt !== undefined || (head.scattered?.has(shardOf(taskIndex, head.shardSize)) ?? false);

/** Why a task that is in neither bitmap is missing from a request that ended for `reason`. */
export function missingCause(reason: CompletionReason, head: Sending, taskIndex: number): MissingCause {
  if (reason === 'cancelled' || reason === 'job-error') return reason;
  if (reason !== 'deadline-passed') return 'not-awaited';
  return wasSent(head, taskIndex) ? 'timed-out' : 'not-sent';
}

/** What an answer needs of some adjacent ranges: small, however many tasks they have. */
export interface Summary {
  readonly counts: Counts;
  readonly accumulated: Attempted<unknown>;
  /** The first `LIMITS.tasksNamed` of each. */
  readonly failures: readonly FailedTask[];
  readonly missing: readonly number[];
}

export const summaryOf = (fold: FoldedShard): Summary => ({
  counts: shardCounts(fold),
  accumulated: fold.accumulated,
  failures: fold.failures,
  missing: firstMissing(fold),
});

/** The summary of two adjacent ranges, in task order. */
export const joined = (job: Job | undefined, left: Summary, right: Summary): Summary => ({
  counts: totalCounts(left.counts.expected + right.counts.expected, [left.counts, right.counts]),
  accumulated: job ? mergeAll(job, [left.accumulated, right.accumulated]) : JOB_IS_GONE,
  failures: [...left.failures, ...right.failures].slice(0, LIMITS.tasksNamed),
  missing: [...left.missing, ...right.missing].slice(0, LIMITS.tasksNamed),
});

function firstMissing({ range, membership }: FoldedShard): number[] {
  return missingIndexes(range, membership).take(LIMITS.tasksNamed).toArray();
}

/**
 * Version 1 of a closing request's answer, or the version after the one it amends: it says what a close with all that is
 * in by now would have said. `job` is absent when it is no longer deployed: then it fails, saying so.
 * The aggregate is `null` while no task has succeeded.
 */
export function buildAnswer(
  head: Sending & Pick<Head, 'expected' | 'policy' | 'reason' | 'error'>,
  job: Job | undefined,
  summary: Summary,
  context: {
    readonly now: number;
    readonly labels: ReadonlyMap<number, string>;
    readonly error?: JobError;
    /** Of a request of one shard. */
    readonly membership?: Membership;
    readonly amends?: Answer;
  },
): Answer {
  const tasks = totalCounts(head.expected, [summary.counts]);
  const finished = tasks.succeeded === 0 ? { value: null } : finishSummary(job, summary);
  const met = job && head.policy.kind === 'when' && tasks.succeeded > 0 ? predicateMet(job, finished) : undefined;
  const error = context.error ?? head.error ?? errorOf(finished) ?? errorOf(met);
  const holds = met && 'value' in met ? met.value : undefined;
  const reason = error
    ? 'job-error'
    : settledReason(context.amends?.completionReason ?? head.reason ?? 'deadline-passed', head.policy, tasks, holds);
  return {
    version: (context.amends?.version ?? 0) + 1,
    status: statusOf(reason, head.policy, tasks),
    completionReason: reason,
    tasks,
    failed: summary.failures,
    missing: summary.missing.map((taskIndex) =>
      missingTask(taskIndex, context.labels.get(taskIndex), missingCause(reason, head, taskIndex)),
    ),
    aggregate: 'value' in finished && !error ? finished.value : null,
    ...(error ? { error } : {}),
    closedAt: context.amends?.closedAt ?? context.now,
    ...(context.amends ? { amendedAt: context.now } : {}),
    ...(context.membership ? { membership: context.membership } : {}),
  };
}

const errorOf = (attempted: Attempted<unknown> | undefined): JobError | undefined =>
  attempted && 'error' in attempted ? attempted.error : undefined;

/** The finished aggregate of what is summed up; without a deployed job there is none. */
export const finishSummary = (job: Job | undefined, { accumulated }: Summary): Attempted<unknown> =>
  job ? finish(job, accumulated) : JOB_IS_GONE;

export const missingTask = (taskIndex: number, label: string | undefined, cause: MissingCause): MissingTask => ({
  taskIndex,
  ...(label === undefined ? {} : { label }),
  cause,
});
