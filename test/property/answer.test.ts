/** However a request ends, its answer adds up: the counts are those of the membership, and so is the aggregate. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildAnswer, foldedShard, joined, summaryOf } from '../../shared/core/answer.ts';
import { all, type CompletionReason, quorum, tolerate } from '../../shared/core/completion.ts';
import { accumulate } from '../../shared/core/fold.ts';
import { rangeOf, shardAddresses } from '../../shared/core/gathering.ts';
import { choose } from '../../shared/core/membership.ts';
import { aChunk, aFailure, aHead, aSuccess } from '../support/builders.ts';
import { aJob } from '../support/jobs.ts';
import { check } from '../support/seed.ts';

const job = aJob({});
const REASONS: CompletionReason[] = ['deadline-passed', 'cancelled', 'all-answered', 'too-many-failures'];

const endings = fc.record({
  tasks: fc.array(fc.constantFrom('succeeded', 'failed', 'missing'), { minLength: 1, maxLength: 30 }),
  shardSize: fc.integer({ min: 1, max: 30 }),
  reason: fc.constantFrom(...REASONS),
  policy: fc.constantFrom(all(), quorum(1), tolerate(1), { kind: 'when' } as const),
});

test('the counts of an answer add up, and its aggregate is of what succeeded', async () => {
  const property = fc.property(endings, ({ tasks, shardSize, reason, policy }) => {
    const head = aHead({ state: 'closing', reason, policy, shardSize, expected: tasks.length });
    const indexes = (state: string) => [...tasks.keys()].filter((index) => tasks[index] === state);
    const results = [
      ...indexes('succeeded').map((index) => aSuccess(index)),
      ...indexes('failed').map((index) => aFailure(index)),
    ];
    const shards = shardAddresses(head).map((address) => {
      const chosen = choose(rangeOf(head, address), [aChunk('chunk', ...results)]);
      return foldedShard(chosen, accumulate(job, chosen.successes));
    });
    const summary = shards.map(summaryOf).reduce((left, right) => joined(job, left, right));
    const answer = buildAnswer(head, job, summary, { now: 1, labels: new Map() });
    const { expected, succeeded, failed, missing } = answer.tasks;
    expect(succeeded + failed + missing).toBe(expected);
    expect([expected, succeeded, failed]).toEqual([
      tasks.length,
      indexes('succeeded').length,
      indexes('failed').length,
    ]);
    expect(answer.aggregate ?? []).toEqual(indexes('succeeded'));
    expect(answer.failed.map(({ taskIndex }) => taskIndex)).toEqual(indexes('failed'));
    expect(answer.missing.map(({ taskIndex }) => taskIndex)).toEqual(indexes('missing'));
    expect(answer.status === 'failed' || answer.status === 'cancelled' || succeeded > 0).toBe(true);
  });
  await check('test/property/answer.test.ts', property, 500);
});
