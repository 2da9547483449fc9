import { describe, expect, it } from 'vitest';
import { FUNCTION_RAMP, MAPPING_RAMP } from '../../shared/core/limits.ts';
import { bestFanOut, completionOf, type Divisible } from '../../shared/core/plan/curve.ts';
import { constant, stragglers } from '../../shared/core/plan/leaf-time.ts';

const FREE: Divisible = { work: constant(64_000), requestOverheadMs: 0, taskOverheadMs: 0, ramp: FUNCTION_RAMP };
const FAN_OUTS = Array.from({ length: 400 }, (_, index) => index + 1);

describe('the time of a request', () => {
  it('of 64 s of work over 16 leaves without overhead is 4 s', () =>
    expect(completionOf(FREE, 16).quantile(0.99)).toBe(4_000));

  it('falls until the overhead of one more task outweighs its share of the work, then rises', () => {
    const costly = { ...FREE, requestOverheadMs: 100, taskOverheadMs: 10 };
    const best = bestFanOut(costly, FAN_OUTS, 0.5);
    expect(best).toBe(80); // the root of 64,000 / 10
    const at = (tasks: number) => completionOf(costly, tasks).quantile(0.5);
    expect([40, 80, 160].map(at)).toEqual([2_100, 1_700, 2_100]);
  });

  it('has a tail that grows with the leaves that must all answer', () => {
    const uneven = { ...FREE, work: stragglers(64_000, 0.01, 640_000) };
    expect(completionOf(uneven, 10).cdf(6_400)).toBeCloseTo(0.904, 3);
    expect(completionOf(uneven, 100).cdf(640)).toBeCloseTo(0.366, 3);
  });

  it('waits for environments: the first five of a queue do 30 tasks of ten seconds in a minute', () =>
    expect(completionOf({ ...FREE, work: constant(300_000), ramp: MAPPING_RAMP }, 30).quantile(0.5)).toBeCloseTo(
      60_000,
      2,
    ));
});
