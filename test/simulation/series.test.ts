/** Series of requests in one world: what hedging and estimates do to the tail, by the deployed verbs. Seeded, so always the same. */
import { describe, expect, it } from 'vitest';
import { seriesOf } from '../../simulation/series.ts';
import { appraise } from '../../simulation/series-report.ts';
import { type Series, simulate } from '../../simulation/simulate.ts';

const SEED = 1;
const run = async (series: Series) => appraise(series, await simulate(series, SEED));

describe('a hundred tasks of which one in a hundred takes 20 times as long', () => {
  const choices = { requests: 400, leafMs: 300 };

  it('are done five times sooner in the worst case, for at most a twentieth more tasks', async () => {
    const off = await run(seriesOf('stragglers', { ...choices, hedge: false }));
    const on = await run(seriesOf('stragglers', choices));
    expect([...off.broken, ...on.broken]).toEqual([]);
    expect(off.latencyMs.p99 / on.latencyMs.p99).toBeGreaterThanOrEqual(5);
    expect(off.extraAttempts).toBe(0);
    expect(on.extraAttempts).toBeGreaterThan(0.005);
    expect(on.extraAttempts).toBeLessThanOrEqual(0.05);
  });

  it('are told when 95 of 100 requests are complete, and that is kept', async () => {
    const { estimates } = await run(seriesOf('stragglers', { ...choices, requests: 500 }));
    expect(estimates.told).toBeGreaterThan(350);
    expect(estimates.kept).toBeGreaterThanOrEqual(0.93);
    expect(estimates.kept).toBeLessThanOrEqual(0.97);
  });
});

describe('leaves that all become slow', () => {
  // One copy is a fifth of so small a request: only what is allowed over all of them keeps to the budget.
  it.each([100, 5])('are not sent more than the budget allows, in requests of %i tasks', async (expected) => {
    const series = { ...seriesOf('slow', { requests: 200 }), expected, shardSize: expected };
    const { broken, extraAttempts, extraAttemptsSlow } = await run(series);
    expect(broken).toEqual([]);
    expect(extraAttempts).toBeLessThanOrEqual(0.05);
    expect(extraAttemptsSlow).toBeGreaterThan(0);
  });
});

describe('a series', () => {
  it('is the same again for the same seed, request by request, and another for another', async () => {
    const series = seriesOf('stragglers', { requests: 30 });
    const [first, again, other] = [await simulate(series, 7), await simulate(series, 7), await simulate(series, 8)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(first).toHaveLength(30);
    expect(first[0]).toMatchObject({ attempts: 100, hedges: 0, status: 'complete' });
  });
});
