import { describe, expect, test } from 'vitest';
import {
  buildAnswer,
  type FoldedShard,
  failedTask,
  foldedShard,
  joined,
  missingCause,
  type Summary,
  summaryOf,
} from '../../shared/core/answer.ts';
import { quorum } from '../../shared/core/completion.ts';
import { accumulate } from '../../shared/core/fold.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { choose } from '../../shared/core/membership.ts';
import { aChunk, aFailure, aHead, aSuccess } from '../support/builders.ts';
import { aJob } from '../support/jobs.ts';

const job = aJob({});
const context = { now: 5_000, labels: new Map([[1, 'one']]) };

/** Three tasks from `from`, of which some succeeded and some failed. */
function shard(from: number, succeeded: readonly number[], failed: readonly number[] = []): FoldedShard {
  const results = [...succeeded.map((index) => aSuccess(index)), ...failed.map((index) => aFailure(index))];
  const chosen = choose({ from, size: 3 }, [aChunk('chunk', ...results)]);
  return foldedShard(chosen, accumulate(job, chosen.successes));
}

/** What adjacent shards come to. */
const summary = (...shards: readonly FoldedShard[]): Summary =>
  shards.map(summaryOf).reduce((left, right) => joined(job, left, right));

const closing = (changes: Parameters<typeof aHead>[0] = {}) =>
  aHead({ state: 'closing', reason: 'deadline-passed', ...changes });

test('an answer says what is in, what failed, what is missing and why', () => {
  expect(buildAnswer(closing(), job, summary(shard(0, [0], [2])), context)).toMatchObject({
    version: 1,
    status: 'partial',
    completionReason: 'deadline-passed',
    tasks: { expected: 3, succeeded: 1, failed: 1, missing: 1 },
    failed: [{ taskIndex: 2, cause: 'leaf-error', message: 'no' }],
    missing: [{ taskIndex: 1, label: 'one', cause: 'timed-out' }],
    aggregate: [0],
    closedAt: 5_000,
  });
});

test('adjacent shards are joined in task order, the earlier one on the left', () => {
  const head = closing({ expected: 6, reason: 'all-answered' });
  expect(buildAnswer(head, job, summary(shard(0, [0, 1, 2]), shard(3, [3, 4, 5])), context)).toMatchObject({
    aggregate: [0, 1, 2, 3, 4, 5],
    completionReason: 'all-succeeded',
    status: 'complete',
  });
});

test('what shards come to names the first failed and the first missing of all, and counts every one', () => {
  expect(summary(shard(0, [0], [1]), shard(3, [4]), shard(6, [], [6, 7, 8]))).toMatchObject({
    counts: { expected: 9, succeeded: 2, failed: 4 },
    accumulated: { value: [0, 4] },
    failures: [{ taskIndex: 1 }, { taskIndex: 6 }, { taskIndex: 7 }, { taskIndex: 8 }],
    missing: [2, 3, 5],
  });
});

test('shards may be joined in groups: the sum is the same', () => {
  const [a, b, c] = [shard(0, [0], [1]), shard(3, [4]), shard(6, [], [6, 7, 8])].map(summaryOf) as [
    Summary,
    Summary,
    Summary,
  ];
  expect(joined(job, joined(job, a, b), c)).toEqual(joined(job, a, joined(job, b, c)));
});

test('an answer keeps the membership it is given, which only a request of one shard has', () => {
  const { membership } = shard(0, [0]);
  expect(buildAnswer(closing(), job, summary(shard(0, [0])), { ...context, membership })).toMatchObject({ membership });
  expect(buildAnswer(closing(), job, summary(shard(0, [0])), context)).not.toHaveProperty('membership');
});

test('without one success there is no aggregate, and the request has failed', () => {
  const answer = buildAnswer(closing(), job, summary(shard(0, [], [0, 1])), context);
  expect(answer).toMatchObject({ status: 'failed', completionReason: 'deadline-passed', aggregate: null });
});

test('a quorum that was in at the deadline was reached', () => {
  const answer = buildAnswer(closing({ policy: quorum(2) }), job, summary(shard(0, [0, 1])), context);
  expect(answer).toMatchObject({ status: 'complete', completionReason: 'quorum-reached' });
});

describe("an error of the job's own code", () => {
  const error = { where: 'fold', message: 'boom' } as const;

  test('in a fold fails the request, saying where; the counts stand', () => {
    const broken: FoldedShard = { ...shard(0, [0, 1, 2]), accumulated: { error } };
    expect(buildAnswer(closing(), job, summary(broken), context)).toMatchObject({
      ...{ status: 'failed', completionReason: 'job-error', error, aggregate: null },
      tasks: { expected: 3, succeeded: 3, failed: 0, missing: 0 },
    });
  });

  test('that closed the request is in its answer', () => {
    const answer = buildAnswer(closing({ error }), job, summary(shard(0, [0])), context);
    expect(answer).toMatchObject({
      completionReason: 'job-error',
      error,
      missing: [{ cause: 'job-error' }, { cause: 'job-error' }],
    });
  });

  test('of the answer itself comes first', () => {
    const answer = buildAnswer(closing(), job, summary(shard(0, [0])), { ...context, error });
    expect(answer).toMatchObject({ status: 'failed', error, aggregate: null });
  });
});

test('a job that is no longer deployed fails its request, saying so', () => {
  const answer = buildAnswer(closing({ reason: 'all-succeeded' }), undefined, summary(shard(0, [0, 1, 2])), context);
  expect(answer).toMatchObject({
    status: 'failed',
    completionReason: 'job-error',
    error: { where: 'job' },
    aggregate: null,
  });
});

test('as many tasks are named as an answer may name; all are counted', () => {
  const indexes = Array.from({ length: 300 }, (_, index) => index);
  const chosen = choose({ from: 0, size: 600 }, [aChunk('chunk', ...indexes.map((index) => aFailure(index)))]);
  const answer = buildAnswer(closing({ expected: 600 }), job, summary(foldedShard(chosen, { value: [] })), context);
  expect([answer.failed.length, answer.missing.length]).toEqual([LIMITS.tasksNamed, LIMITS.tasksNamed]);
  expect(answer.tasks).toEqual({ expected: 600, succeeded: 0, failed: 300, missing: 300 });
});

test('why a task is missing', () => {
  const sent = closing({ scatteredAt: 1 });
  const { scatteredAt: _, ...unsent } = closing();
  expect(missingCause('deadline-passed', sent, 0)).toBe('timed-out');
  expect(missingCause('deadline-passed', unsent, 0)).toBe('not-sent');
  expect(missingCause('quorum-reached', sent, 0)).toBe('not-awaited');
  expect(missingCause('too-many-failures', sent, 0)).toBe('not-awaited');
  expect(missingCause('cancelled', unsent, 0)).toBe('cancelled');
  expect(missingCause('job-error', sent, 0)).toBe('job-error');
});

test('of a larger request, the tasks of the shards that were published have timed out, and the others were not sent', () => {
  const { scatteredAt: _, ...open } = closing({ expected: 9, scattered: new Set([0, 2]) });
  const causes = [0, 3, 8].map((taskIndex) => missingCause('deadline-passed', { ...open, shardSize: 3 }, taskIndex));
  expect(causes).toEqual(['timed-out', 'not-sent', 'timed-out']);
});

test("a failed task keeps its label and as much of its leaf's words as may travel", () => {
  const error = { cause: 'leaf-error', message: 'x'.repeat(9_999), retryable: false };
  expect(failedTask(aFailure(1, { label: 'one', error }))).toEqual({
    ...{ taskIndex: 1, label: 'one', cause: 'leaf-error' },
    message: 'x'.repeat(LIMITS.messageLength),
  });
});
