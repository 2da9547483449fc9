/**
 * The public representation of a request. One shape whether it runs or is closed; while it runs, counts are what is
 * known so far, `missing` counts what has not come in, and nothing is named as missing yet.
 */
import type { Answer, FailedTask, TaskCounts } from '../core/answer.ts';
import { policyText } from '../core/completion.ts';
import type { Estimate } from '../core/estimate.ts';
import type { JobError } from '../core/fold.ts';
import type { Head } from '../core/gathering.ts';
import { amendableUntil } from '../core/late.ts';
import type { AcceptedView, Links, RequestView } from './schemas.ts';

/** What is known of a running request. */
export interface Progress {
  readonly tasks: TaskCounts;
  readonly failed: readonly FailedTask[];
  readonly aggregate: unknown;
  readonly error?: JobError;
  readonly estimate: Estimate;
  readonly shards?: { readonly total: number; readonly scattered: number; readonly folded: number };
}

export const requestPath = (requestId: string): string => `/v1/requests/${requestId}`;

const linksOf = (requestId: string): Links => ({
  self: requestPath(requestId),
  results: `${requestPath(requestId)}/results`,
});

const coverage = ({ succeeded, expected }: TaskCounts): number => (expected === 0 ? 1 : succeeded / expected);

type Described = Pick<Head, 'requestId' | 'job' | 'policy' | 'acceptedAt' | 'deadlineAt' | 'graceMs'>;

/** A closed request: the answer that was kept. */
export function closedView(head: Described, answer: Answer): RequestView {
  const { status, completionReason, version, tasks, aggregate, error, closedAt, amendedAt } = answer;
  const until = amendableUntil(head, answer);
  return {
    requestId: head.requestId,
    job: head.job,
    completion: policyText(head.policy),
    ...{ status, completionReason, version, tasks },
    coverage: coverage(tasks),
    ...named(answer, tasks),
    missing: [...answer.missing],
    ...notShown('missingNotShown', tasks.missing - answer.missing.length),
    aggregate,
    ...(error ? { error } : {}),
    ...{ acceptedAt: head.acceptedAt, deadlineAt: head.deadlineAt, closedAt },
    ...(amendedAt === undefined ? {} : { amendedAt }),
    ...(until === undefined ? {} : { amendableUntil: until }),
    links: linksOf(head.requestId),
  };
}

/** A request that is still open, or about to close. */
export function runningView(head: Described, progress: Progress): RequestView {
  const { tasks, aggregate, error, shards, estimate } = progress;
  return {
    requestId: head.requestId,
    job: head.job,
    completion: policyText(head.policy),
    ...{ status: 'running', completionReason: null, version: 0, tasks },
    coverage: coverage(tasks),
    ...named(progress, tasks),
    missing: [],
    aggregate,
    ...(error ? { error } : {}),
    ...(shards ? { shards } : {}),
    estimate,
    ...{ acceptedAt: head.acceptedAt, deadlineAt: head.deadlineAt, closedAt: null },
    links: linksOf(head.requestId),
  };
}

const named = (
  { failed }: Pick<Answer, 'failed'>,
  tasks: TaskCounts,
): Pick<RequestView, 'failed' | 'failedNotShown'> => ({
  failed: [...failed],
  ...notShown('failedNotShown', tasks.failed - failed.length),
});

const notShown = <Name extends string>(name: Name, count: number): { [key in Name]?: number } =>
  count > 0 ? ({ [name]: count } as { [key in Name]: number }) : {};

/** An accepted request whose answer is not ready. */
export const acceptedView = (
  { requestId, deadlineAt }: Pick<Head, 'requestId' | 'deadlineAt'>,
  estimate: Estimate,
): AcceptedView => ({
  requestId,
  status: 'running',
  deadlineAt,
  estimate,
  links: linksOf(requestId),
});
