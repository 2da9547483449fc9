import { describe, expect, it } from 'vitest';
import { HEDGE_DEFAULTS } from '../../shared/core/hedge.ts';
import { simulateTail } from '../support/tail.ts';

const p99 = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1] ?? 0;
const base = { seed: 7, requests: 2_000, tasks: 100 };
/** While nothing is known yet. */
const WARM_UP = 50;

describe('a hundred tasks of which one in a hundred takes 20 times as long', () => {
  it('are at least five times sooner done in the worst case, for at most a twentieth more tasks', async () => {
    const off = await simulateTail(base);
    const on = await simulateTail({ ...base, hedge: HEDGE_DEFAULTS });
    expect(p99(off.times.slice(WARM_UP)) / p99(on.times.slice(WARM_UP))).toBeGreaterThanOrEqual(5);
    expect(on.copies / (base.requests * base.tasks)).toBeLessThanOrEqual(0.05);
    expect(on.copies / (base.requests * base.tasks)).toBeGreaterThan(0.005);
  }, 60_000);

  it.each([undefined, HEDGE_DEFAULTS])(
    'keep the 95 percent that was told, hedged or not (%o)',
    async (hedge) => {
      const { told, kept } = await simulateTail({ ...base, ...(hedge ? { hedge } : {}) });
      expect(told).toBeGreaterThan(base.requests * 0.9);
      expect(kept / told).toBeGreaterThanOrEqual(0.93);
      expect(kept / told).toBeLessThanOrEqual(0.97);
    },
    60_000,
  );
});

describe('every leaf slow', () => {
  it.each([5, 100])(
    'costs no more than the budget, also for requests of %i tasks',
    async (tasks) => {
      const options = { ...base, tasks, hedge: HEDGE_DEFAULTS, slowdown: { from: 300, factor: 10 } };
      const { copies } = await simulateTail(options);
      expect(copies / (base.requests * tasks)).toBeLessThanOrEqual(0.05);
    },
    60_000,
  );
});
