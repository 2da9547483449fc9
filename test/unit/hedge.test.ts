import { describe, expect, it } from 'vitest';
import { HEDGE_DEFAULTS, hedgeAfter, hedgesAllowed, hedgesLeft } from '../../shared/core/hedge.ts';
import { type Sketch, sketched } from '../../shared/core/sketch.ts';

/** So many durations of so many ms each. */
const latencies = (...all: readonly (readonly [count: number, ms: number])[]): Sketch =>
  all.reduce<Sketch>((sketch, [count, ms]) => sketched(sketch, ms, count), {});

describe('when a task is sent again', () => {
  it('is as soon as those still out are mostly stragglers', () => {
    const after = hedgeAfter(latencies([600, 50], [390, 70], [10, 1_000]), HEDGE_DEFAULTS);
    expect(after).toBeGreaterThan(64);
    expect(after).toBeLessThan(78);
  });

  it('is never for a leaf whose slowest tasks are soon done', () => {
    expect(hedgeAfter(latencies([500, 50], [400, 60], [100, 70]), HEDGE_DEFAULTS)).toBeUndefined();
  });

  it('is never while little is known of the leaf', () => {
    expect(hedgeAfter(latencies([98, 50], [1, 1_000]), HEDGE_DEFAULTS)).toBeUndefined();
  });

  it('is not before the quantile, however long the tail', () => {
    const latency = latencies([500, 10], [500, 10_000]);
    expect(hedgeAfter(latency, { quantile: 0.4 })).toBeLessThan(15);
    expect(hedgeAfter(latency, { quantile: 0.95 })).toBeUndefined();
  });
});

describe('how many are sent again', () => {
  it('is the share of the request that the budget says, and one in any case', () => {
    expect(hedgesLeft(100, 0, HEDGE_DEFAULTS)).toBe(5);
    expect(hedgesLeft(100, 3, HEDGE_DEFAULTS)).toBe(2);
    expect(hedgesLeft(5, 0, HEDGE_DEFAULTS)).toBe(1);
    expect(hedgesLeft(5, 1, HEDGE_DEFAULTS)).toBe(0);
  });

  it('is the budget over all requests together, less what was spent before', () => {
    expect(hedgesAllowed({ tasks: 0, tasksBefore: 0, hedgedBefore: 0 }, HEDGE_DEFAULTS)).toBe(0);
    expect(hedgesAllowed({ tasks: 1_019, tasksBefore: 0, hedgedBefore: 0 }, HEDGE_DEFAULTS)).toBe(50);
    expect(hedgesAllowed({ tasks: 100, tasksBefore: 900, hedgedBefore: 40 }, HEDGE_DEFAULTS)).toBe(10);
    expect(hedgesAllowed({ tasks: 100, tasksBefore: 0, hedgedBefore: 40 }, HEDGE_DEFAULTS)).toBe(0);
  });
});
