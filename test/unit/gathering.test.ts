import { describe, expect, test } from 'vitest';
import type { Answer } from '../../shared/core/answer.ts';
import { all, quorum, tolerate } from '../../shared/core/completion.ts';
import {
  emptyTally,
  firstLook,
  foldedCounts,
  hasOneShard,
  inHead,
  isFolded,
  isLookDue,
  nextLook,
  rangeOf,
  releasedBy,
  shardAddresses,
  shardCount,
  shardOf,
  type Tally,
  unfolded,
} from '../../shared/core/gathering.ts';
import { aHead } from '../support/builders.ts';

const counts = (expected: number, succeeded: number, failed: number) => ({ expected, succeeded, failed });
const NEVER = Number.MAX_SAFE_INTEGER;

describe('shards', () => {
  const request = { requestId: 'r', resultsToken: 'token', expected: 7, shardSize: 3 };

  test('a request is cut into contiguous ranges that cover each task once', () => {
    const ranges = shardAddresses(request).map((address) => rangeOf(request, address));
    expect(ranges).toEqual([
      { from: 0, size: 3 },
      { from: 3, size: 3 },
      { from: 6, size: 1 },
    ]);
    expect(shardCount(request)).toBe(3);
    expect([0, 2, 3, 6].map((taskIndex) => shardOf(taskIndex, 3))).toEqual([0, 0, 1, 2]);
  });

  test('a request of one shard keeps it in its head', () => {
    const small = { ...request, expected: 3 };
    expect(hasOneShard(small)).toBe(true);
    expect(shardAddresses(small)).toEqual([{ requestId: 'r', place: 'head' }]);
    expect(rangeOf(small, { requestId: 'r', place: 'head' })).toEqual({ from: 0, size: 3 });
  });
});

describe('the shard that is released by another', () => {
  const request = { requestId: 'r', resultsToken: 'token', expected: 25, shardSize: 4 };
  const tally = (arrived: number, changes: Partial<Tally> = {}): Tally => ({
    ...{ ...emptyTally(all(), 4), arrived },
    ...changes,
  });

  test('is the one that lies as many shards ahead as may be under way, once half of the shard is in', () => {
    expect([0, 1, 2, 3, 9].map((arrived) => releasedBy(request, 1, tally(arrived), 3))).toEqual([
      undefined,
      undefined,
      4,
      4,
      4,
    ]);
  });

  test('rounds half of an odd shard up', () => {
    const odd = { ...request, shardSize: 5 };
    expect([2, 3].map((arrived) => releasedBy(odd, 0, tally(arrived), 2))).toEqual([undefined, 2]);
  });

  test('is none when it was sent already', () => {
    expect(releasedBy(request, 1, tally(4, { releasedAt: 1 }), 3)).toBeUndefined();
  });

  test('is none beyond the last shard', () => {
    expect([3, 4, 6].map((shard) => releasedBy(request, shard, tally(4), 3))).toEqual([6, undefined, undefined]);
  });
});

describe('what is folded of a larger request', () => {
  const head = (folded?: readonly number[]) =>
    aHead({ expected: 7, shardSize: 3, arrived: 4, failed: 1, folded: folded && new Set(folded) });

  test('is whole once every shard is', () => {
    expect([undefined, [0, 2], [0, 1, 2]].map((folded) => isFolded(head(folded)))).toEqual([false, false, true]);
  });

  test('leaves the others to be folded, in task order', () => {
    expect([undefined, [1], [2, 0], [0, 1, 2]].map((folded) => unfolded(head(folded)))).toEqual([
      [0, 1, 2],
      [0, 2],
      [1],
      [],
    ]);
  });

  test('is counted by its head', () => {
    expect(foldedCounts(head())).toEqual({ expected: 7, succeeded: 3, failed: 1 });
  });
});

describe('when to look', () => {
  test('at first when all could be in, or as many as the policy asks for', () => {
    expect(firstLook(all(), 5)).toEqual({ lookAt: 5, failLookAt: NEVER });
    expect(firstLook(quorum(2), 5)).toEqual({ lookAt: 2, failLookAt: 4 });
    expect(firstLook(tolerate(1), 5)).toEqual({ lookAt: 5, failLookAt: 2 });
    expect(firstLook({ kind: 'when' }, 5)).toEqual({ lookAt: 1, failLookAt: NEVER });
  });

  test("next when the looker's own count has grown by what is missing", () => {
    expect(nextLook(all(), counts(5, 3, 0), { arrived: 9, failed: 2 })).toEqual({ lookAt: 11, failLookAt: NEVER });
    expect(nextLook(quorum(4), counts(5, 3, 0), { arrived: 9, failed: 2 })).toEqual({ lookAt: 10, failLookAt: 4 });
    expect(nextLook(tolerate(2), counts(5, 2, 1), { arrived: 9, failed: 4 })).toEqual({ lookAt: 11, failLookAt: 6 });
  });

  test('a predicate is looked at after every result at first, then in growing steps', () => {
    const next = (arrived: number) => nextLook({ kind: 'when' }, counts(1_000, 0, 0), { arrived, failed: 0 }).lookAt;
    expect([1, 8, 80, 127, 128, 640].map(next)).toEqual([2, 9, 81, 128, 130, 650]);
  });

  test('at either of two thresholds', () => {
    const tally = { ...emptyTally(tolerate(0), 3), lookAt: 3, failLookAt: 1 };
    expect(isLookDue({ ...tally, arrived: 2, failed: 0 })).toBe(false);
    expect(isLookDue({ ...tally, arrived: 3, failed: 0 })).toBe(true);
    expect(isLookDue({ ...tally, arrived: 1, failed: 1 })).toBe(true);
    expect(isLookDue({ ...tally, arrived: 9, failed: 9 })).toBe(true);
  });
});

test('the answer to a thousand tasks lies in the head, by what its bitmaps take there, and one to a shard of them beside it', () => {
  const answerOf = (tasks: number) => {
    const bits = new Uint8Array(tasks / 8).fill(255);
    const membership = { succeeded: bits, failed: bits, chunks: Array(10).fill('abcdefghijkl') };
    return { status: 'complete', aggregate: 'x'.repeat(200), membership } as unknown as Answer;
  };
  expect(inHead.answer(answerOf(1_000))).toBe(true);
  expect(inHead.answer(answerOf(2_500))).toBe(false);
});
