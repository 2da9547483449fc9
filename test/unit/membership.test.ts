import { describe, expect, test } from 'vitest';
import { choose, countsOf, membershipCounts, membershipOf, missingIndexes } from '../../shared/core/membership.ts';
import { aChunk, aFailure, aSuccess } from '../support/builders.ts';

const RANGE = { from: 0, size: 4 };

describe('one result per task is chosen', () => {
  test('a success before a failure, whatever their attempts', () => {
    const { successes, failures } = choose(RANGE, [
      aChunk('a', aFailure(1, { attempt: 1 })),
      aChunk('b', aSuccess(1, { attempt: 2 })),
      aChunk('c', aFailure(1, { attempt: 3 })),
    ]);
    expect(successes).toEqual([aSuccess(1, { attempt: 2 })]);
    expect(failures).toEqual([]);
  });

  test('the lowest attempt of several successes', () => {
    const chunks = [aChunk('a', aSuccess(1, { attempt: 2 })), aChunk('b', aSuccess(1, { attempt: 1 }))];
    expect(choose(RANGE, chunks).successes).toEqual([aSuccess(1, { attempt: 1 })]);
  });

  test('the first chunk by name, where the attempts are the same', () => {
    const chunks = [aChunk('b', aSuccess(1, { value: 'b' })), aChunk('a', aSuccess(1, { value: 'a' }))];
    expect(choose(RANGE, chunks).successes).toEqual([aSuccess(1, { value: 'a' })]);
  });

  test('in task order, with the chunks that were read', () => {
    const chosen = choose(RANGE, [aChunk('b', aSuccess(3), aFailure(2)), aChunk('a', aSuccess(0))]);
    expect(chosen.successes.map(({ taskIndex }) => taskIndex)).toEqual([0, 3]);
    expect(chosen.failures.map(({ taskIndex }) => taskIndex)).toEqual([2]);
    expect(chosen.chunks).toEqual(['a', 'b']);
    expect(countsOf(chosen)).toEqual({ expected: 4, succeeded: 2, failed: 1 });
  });

  test('and none from outside the range', () => {
    const chosen = choose({ from: 2, size: 2 }, [aChunk('a', aSuccess(1), aSuccess(2), aSuccess(4))]);
    expect(chosen.successes).toEqual([aSuccess(2)]);
  });
});

describe('membership', () => {
  const range = { from: 10, size: 11 };
  const membership = membershipOf(choose(range, [aChunk('a', aSuccess(10), aSuccess(18), aFailure(20), aFailure(11))]));

  test('counts what is in its bitmaps', () => {
    expect(membershipCounts(11, membership)).toEqual({ expected: 11, succeeded: 2, failed: 2 });
  });

  test('knows what is missing, in task order', () => {
    expect([...missingIndexes(range, membership)]).toEqual([12, 13, 14, 15, 16, 17, 19]);
  });

  test('takes a bit a task', () => {
    expect(membership.succeeded).toEqual(Uint8Array.of(1, 1));
    expect(membership.failed).toEqual(Uint8Array.of(2, 4));
  });
});
