import { describe, expect, it } from 'vitest';
import { ACCOUNT_CONCURRENCY, FUNCTION_RAMP, MAPPING_RAMP } from '../../shared/core/limits.ts';
import { environmentsAt, lastStartMs, type Ramp, upTo } from '../../shared/core/plan/ramp.ts';

/** When the last message starts, found by handing them out one by one. */
function handedOut(ramp: Ramp, messages: number, messageMs: number): number {
  const freeAt: number[] = [];
  for (let at = 0; freeAt.length < Math.min(messages, ramp.most); at += ramp.everyMs)
    while (freeAt.length < Math.min(messages, environmentsAt(ramp, at))) freeAt.push(at);
  let start = 0;
  for (let message = 0; message < messages; message++) {
    const next = freeAt.indexOf(Math.min(...freeAt));
    start = freeAt[next] ?? 0;
    freeAt[next] = start + messageMs;
  }
  return start;
}

describe('environments', () => {
  it('of a queue’s mapping are 5, then 300 more a minute, 1,250 at most', () =>
    expect([0, 59_999, 60_000, 600_000].map((ms) => environmentsAt(MAPPING_RAMP, ms))).toEqual([5, 5, 305, 1_250]));

  it('of a function are 1,000 more every 10 s, no more than the account has', () => {
    expect([0, 10_000].map((ms) => environmentsAt(FUNCTION_RAMP, ms))).toEqual([1_000, 2_000]);
    expect(environmentsAt(upTo(FUNCTION_RAMP, ACCOUNT_CONCURRENCY), 10_000)).toBe(1_000);
  });
});

describe('the last message', () => {
  it.each([
    [FUNCTION_RAMP, 1_000, 1_000, 0],
    [FUNCTION_RAMP, 1_001, 30_000, 10_000],
    [upTo(FUNCTION_RAMP, ACCOUNT_CONCURRENCY), 1_001, 30_000, 30_000],
    [MAPPING_RAMP, 10, 1_000, 1_000],
    [MAPPING_RAMP, 6, 90_000, 60_000],
  ])('of %j × %d messages of %d ms starts at %d ms', (ramp, messages, messageMs, expected) =>
    expect(lastStartMs(ramp, messages, messageMs)).toBeCloseTo(expected, 2),
  );

  it.each([7, 311, 900])('of %d starts when handing them out one by one says so', (messages) =>
    expect(lastStartMs(MAPPING_RAMP, messages, 1_700)).toBeCloseTo(handedOut(MAPPING_RAMP, messages, 1_700), 2),
  );
});
