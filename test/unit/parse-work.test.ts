import { describe, expect, test } from 'vitest';
import { parseScatterWork, parseShardLook } from '../../shared/core/parse-work.ts';
import { aHeader, aSuccess } from '../support/builders.ts';

const LOOK = { requestId: 'r', shard: 0, seen: { arrived: 1, failed: 0 } };
const RANGE = { requestId: 'r', shard: 0, hops: 0, traceparent: 'trace' };
const NESTED = {
  kind: 'nested',
  header: aHeader(),
  result: { taskIndex: 0, attempt: 1, request: { job: 'j', input: 1 } },
};
const ENDED = { kind: 'ended', requestId: 'r', after: { taskIndex: 7, requestId: 'n' } };

test('work is read as it was sent', () => {
  expect(parseShardLook(structuredClone(LOOK))).toEqual(LOOK);
  for (const work of [RANGE, NESTED, ENDED, { kind: 'ended', requestId: 'r' }])
    expect(parseScatterWork(structuredClone(work))).toEqual(work);
});

describe('what is wrong is named', () => {
  test.each([
    [null, 'a look at a shard'],
    [{ ...LOOK, requestId: '' }, 'requestId'],
    [{ ...LOOK, shard: 0.5 }, 'shard'],
    [{ ...LOOK, shard: -1 }, 'shard'],
    [{ ...LOOK, seen: undefined }, 'seen'],
    [{ ...LOOK, seen: { arrived: '1', failed: 0 } }, 'arrived'],
  ])('in the look %j', (look, named) => {
    expect(() => parseShardLook(look)).toThrow(named);
  });

  test.each([
    ['range', 'what is to be scattered'],
    [{ ...RANGE, shard: 'one' }, 'shard'],
    [{ ...RANGE, hops: undefined }, 'hops'],
    [{ ...RANGE, traceparent: 1 }, 'traceparent'],
    [{ ...NESTED, kind: 'other' }, 'kind'],
    [{ ...NESTED, header: { ...aHeader(), v: 2 } }, 'v'],
    [{ ...NESTED, result: aSuccess(0) }, 'request'],
    [{ ...NESTED, result: { ...NESTED.result, taskIndex: 3 } }, 'taskIndex'],
    [{ ...ENDED, requestId: '' }, 'requestId'],
    [{ ...ENDED, after: 'n' }, 'after'],
    [{ ...ENDED, after: { requestId: 'n' } }, 'taskIndex'],
    [{ ...ENDED, after: { taskIndex: 7 } }, 'requestId'],
  ])('in the work %j', (work, named) => {
    expect(() => parseScatterWork(work)).toThrow(named);
  });
});
