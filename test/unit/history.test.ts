import { describe, expect, it } from 'vitest';
import { aggregate } from '../../functions/aggregator/aggregate.ts';
import { HEDGE_DEFAULTS } from '../../shared/core/hedge.ts';
import { HISTORY_WINDOW_MS, windowOf } from '../../shared/core/history.ts';
import { countOf, quantile } from '../../shared/core/sketch.ts';
import { closeRequest } from '../../shared/gathering/close.ts';
import { createMemoryHistory } from '../../simulation/ports/memory-history.ts';
import { aFailure, aHeader, aSuccess } from '../support/builders.ts';
import { aHistory } from '../support/fakes.ts';
import { aWorkshop, registered } from '../support/workshop.ts';

function aFunction() {
  const base = aWorkshop();
  const store = createMemoryHistory();
  const kept = () => store.read({ job: 'job', window: windowOf(base.clock.now()) });
  return { workshop: { ...base, history: aHistory(base.clock, store) }, store, kept };
}

describe('what a function has seen', () => {
  it('is kept at the end of an invocation, seldom', async () => {
    const { workshop, kept } = aFunction();
    await registered(workshop.store);
    await aggregate(workshop, [{ ...aHeader({ publishedAt: 900 }), results: [aSuccess(0), aSuccess(1)] }]);
    await workshop.history.flush();
    expect((await kept()).tasks).toBe(0);
    workshop.clock.passTo(11_000);
    await workshop.history.flush();
    const { tasks, leaves } = await kept();
    expect(tasks).toBe(2);
    expect(Math.abs((quantile(leaves.leaf ?? {}, 0.5) ?? 0) - 100)).toBeLessThan(10);
    await aggregate(workshop, [{ ...aHeader({ publishedAt: 10_900 }), results: [aSuccess(2)] }]);
    await workshop.history.flush();
    expect((await kept()).tasks).toBe(2);
  });

  it('is how long its leaves took to succeed, copies aside, and how long requests took', async () => {
    const { workshop, kept } = aFunction();
    await registered(workshop.store);
    await aggregate(workshop, [
      { ...aHeader({ publishedAt: 900 }), results: [aSuccess(0), aFailure(1), aSuccess(1, { hedge: true })] },
      { ...aHeader({ leaf: 'of another language' }), results: [aSuccess(2)] },
    ]);
    workshop.clock.passTo(11_000);
    await workshop.history.flush();
    const { tasks, leaves, sizes } = await kept();
    expect(tasks).toBe(2);
    expect(Object.keys(leaves)).toEqual(['leaf']);
    expect(countOf(leaves.leaf ?? {})).toBe(1);
    expect(countOf(sizes[1] ?? {})).toBe(1);
  });

  it('is nothing that was forged, or given up', async () => {
    const { workshop, kept } = aFunction();
    await registered(workshop.store);
    await aggregate(workshop, [
      { ...aHeader({ publishedAt: 0, resultsToken: 'forged' }), results: [aSuccess(0), aSuccess(1), aSuccess(2)] },
    ]);
    await closeRequest(workshop, 'request', 'cancelled');
    workshop.clock.passTo(11_000);
    await workshop.history.flush();
    expect(await kept()).toEqual({ tasks: 0, leaves: {}, sizes: {}, hedged: 0 });
  });

  it('says at the end whether what the caller was told was kept', async () => {
    const { workshop } = aFunction();
    for (const [requestId, likelyBy] of [
      ['soon', 1_500],
      ['late', 900],
    ] as const) {
      await registered(workshop.store, { requestId, likelyBy });
      await closeRequest(workshop, requestId, 'deadline-passed');
    }
    expect(workshop.telemetry.counted('EstimatesKept')).toBe(1);
    expect(workshop.telemetry.counted('EstimatesMissed')).toBe(1);
  });

  it('may be lost without harm, and is nothing while it cannot be read', async () => {
    const { workshop, store } = aFunction();
    store.add = () => Promise.reject(new Error('throttled'));
    store.read = () => Promise.reject(new Error('throttled'));
    workshop.history.observeCompletion({ job: 'job', expected: 3 }, 100);
    workshop.clock.passTo(11_000);
    await workshop.history.flush();
    expect((await workshop.history.recall('job')).past.tasks).toBe(0);
    expect(await workshop.history.spend('job', 1, HEDGE_DEFAULTS)).toBe(false);
  });
});

describe('the budget', () => {
  it('is that of two hours together, whatever was spent in the first', async () => {
    const { workshop, store } = aFunction();
    const { history, clock } = workshop;
    await store.add({ job: 'job', window: 0 }, { tasks: 100, leaves: {}, sizes: {} }, 0);
    expect(await history.spend('job', 4, HEDGE_DEFAULTS)).toBe(true);
    clock.passTo(HISTORY_WINDOW_MS + 1);
    expect(await history.spend('job', 2, HEDGE_DEFAULTS)).toBe(false);
    expect(await history.spend('job', 1, HEDGE_DEFAULTS)).toBe(true);
    expect(await history.spend('job', 1, HEDGE_DEFAULTS)).toBe(false);
  });
});
