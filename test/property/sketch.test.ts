import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BUCKET_GROWTH,
  cdf,
  countOf,
  EMPTY_SKETCH,
  mergedSketch,
  quantile,
  quantileBeyond,
  type Sketch,
  sketched,
} from '../../shared/core/sketch.ts';

const ms = fc.double({ min: 0, max: 7 * 24 * 3_600_000, noNaN: true });
const durations = fc.array(ms, { minLength: 1, maxLength: 200 });
const share = fc.double({ min: 0.001, max: 1, noNaN: true });
const sketchOf = (all: readonly number[]): Sketch => all.reduce<Sketch>((sketch, one) => sketched(sketch, one), {});

describe('a sketch', () => {
  it('tells any quantile within its stated accuracy', () => {
    fc.assert(
      fc.property(durations, share, (all, q) => {
        const exact = all.toSorted((a, b) => a - b)[Math.ceil(q * all.length) - 1] ?? 0;
        const told = quantile(sketchOf(all), q) ?? -1;
        expect(told).toBeLessThanOrEqual(Math.max(1, exact * BUCKET_GROWTH) * 1.000_001);
        expect(Math.max(1, told * BUCKET_GROWTH) * 1.000_001).toBeGreaterThanOrEqual(exact);
      }),
    );
  });

  it('adds up with others, in any order and grouping, to the sketch of all of them', () => {
    fc.assert(
      fc.property(durations, durations, durations, (a, b, c) => {
        const [left, middle, right] = [sketchOf(a), sketchOf(b), sketchOf(c)];
        const whole = sketchOf([...a, ...b, ...c]);
        expect(mergedSketch(mergedSketch(left, middle), right)).toEqual(whole);
        expect(mergedSketch(left, mergedSketch(middle, right))).toEqual(whole);
        expect(mergedSketch(mergedSketch(right, middle), left)).toEqual(whole);
        expect(mergedSketch(EMPTY_SKETCH, whole)).toEqual(whole);
        expect(countOf(whole)).toBe(a.length + b.length + c.length);
      }),
    );
  });

  it('tells the share below its own quantile', () => {
    fc.assert(
      fc.property(durations, share, (all, q) => {
        const sketch = sketchOf(all);
        expect(cdf(sketch, quantile(sketch, q) ?? -1)).toBeCloseTo(q, 6);
      }),
    );
  });

  it('never says of what is not over that it was over earlier', () => {
    fc.assert(
      fc.property(durations, ms, share, (all, elapsed, q) => {
        const beyond = quantileBeyond(sketchOf(all), elapsed, q);
        if (beyond !== undefined) expect(beyond).toBeGreaterThanOrEqual(elapsed);
      }),
    );
  });

  it('is plain JSON', () => {
    fc.assert(
      fc.property(durations, (all) => {
        expect(JSON.parse(JSON.stringify(sketchOf(all)))).toEqual(sketchOf(all));
      }),
    );
  });

  it('says nothing while it is empty', () => {
    expect(quantile(EMPTY_SKETCH, 0.5)).toBeUndefined();
    expect(cdf(EMPTY_SKETCH, 10)).toBe(0);
    expect(quantileBeyond(EMPTY_SKETCH, 10, 0.5)).toBeUndefined();
  });
});
