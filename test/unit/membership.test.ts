import { describe, expect, test } from 'vitest';
import {
  broughtIn,
  choose,
  chosenBefore,
  countsOf,
  extended,
  membershipCounts,
  membershipOf,
  missingIndexes,
} from '../../shared/core/membership.ts';
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

describe('what comes late', () => {
  const first = choose(RANGE, [aChunk('m', aSuccess(0, { attempt: 2, value: 'kept' }), aFailure(1))]);
  const later = [
    aChunk('z', aFailure(2), aFailure(3)),
    aChunk('a', aSuccess(0, { value: 'better' })),
    aChunk('b', aSuccess(1), aSuccess(3), aSuccess(99)),
  ];
  const amended = extended(first, later);

  test('adds what was not in, and successes of what had failed; a success keeps its value', () => {
    expect(amended.successes).toEqual([aSuccess(0, { attempt: 2, value: 'kept' }), aSuccess(1), aSuccess(3)]);
    expect(amended.failures).toEqual([aFailure(2)]);
  });

  test('names only the chunks that add something, as a layer of its own', () => {
    expect([amended.chunks, amended.layers]).toEqual([
      ['m', 'b', 'z'],
      [1, 2],
    ]);
  });

  test('is chosen again, layer by layer, from all chunks there are', () => {
    const third = extended(amended, [aChunk('c', aSuccess(2, { attempt: 2 }))]);
    const all = [
      aChunk('c', aSuccess(2, { attempt: 2 })),
      ...later,
      aChunk('m', ...first.successes, ...first.failures),
    ];
    expect(chosenBefore(RANGE, membershipOf(third), all)).toEqual(third);
    const { layers: _, ...unamended } = membershipOf(first);
    expect(chosenBefore(RANGE, unamended, all)).toEqual(first);
  });

  test('is counted by the tasks that it changed', () => {
    expect(broughtIn(membershipOf(first), membershipOf(amended))).toBe(3);
    expect(broughtIn(membershipOf(amended), membershipOf(extended(amended, later)))).toBe(0);
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
