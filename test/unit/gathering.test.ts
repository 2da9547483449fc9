import { describe, expect, test } from 'vitest';
import { all, quorum, tolerate } from '../../shared/core/completion.ts';
import {
  emptyTally,
  firstLook,
  hasOneShard,
  isLookDue,
  nextLook,
  rangeOf,
  shardAddresses,
  shardCount,
  shardOf,
} from '../../shared/core/gathering.ts';

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
