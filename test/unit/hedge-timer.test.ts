import { describe, expect, it } from 'vitest';
import { distribute } from '../../functions/distributor/distribute.ts';
import { hedge } from '../../functions/timer/hedge.ts';
import { all } from '../../shared/core/completion.ts';
import { NO_PAST, type Past, windowOf, withAnswers } from '../../shared/core/history.ts';
import { parseTimer } from '../../shared/core/timer.ts';
import { createMemoryHistory } from '../../simulation/ports/memory-history.ts';
import { aHistory, capturedTimers } from '../support/fakes.ts';
import { aJob } from '../support/jobs.ts';
import { aWorkshop } from '../support/workshop.ts';

const job = aJob({});

/** Four tasks in a hundred take `slowMs`, the others a tenth of a second. */
const slowAtTimes = (slowMs: number): Past => withAnswers(withAnswers(NO_PAST, 'leaf', 960, 100), 'leaf', 40, slowMs);

async function submitted(past: Past, waits = false, timers = capturedTimers()) {
  const base = aWorkshop(job);
  const store = createMemoryHistory();
  await store.add({ job: 'job', window: windowOf(base.clock.now()) }, past, 0);
  const workshop = { ...base, history: aHistory(base.clock, store), timers, replyTo: 'results' };
  const limits = {
    ownerOpenRequests: 9,
    reclaimedAt: new Map(),
    tasksPerShard: 100,
    callbackHosts: [],
    whoIsPresent: async () => [],
  };
  const head = await distribute(
    { ...workshop, ...limits },
    { owner: 'ann', job, input: null, deadlineMs: 20_000, policy: all(), waits },
  );
  if ('refused' in head) throw new Error(head.message);
  const hedges = workshop.timers.scheduled.filter(({ purpose }) => purpose === 'hedge');
  return { workshop, head, hedges };
}

describe('a timer for stragglers', () => {
  it('is set where nobody waits, for when they are due', async () => {
    const { head, hedges } = await submitted(slowAtTimes(5_000));
    const { requestId, deadlineAt } = head;
    expect(hedges).toEqual([{ requestId, deadlineAt, hops: 0, purpose: 'hedge', delaySeconds: 1 }]);
    expect(parseTimer(hedges[0])).toEqual({ requestId, deadlineAt, hops: 0, purpose: 'hedge' });
  });

  it('is not set where somebody waits, where stragglers are done by then, or nothing is known', async () => {
    expect((await submitted(slowAtTimes(5_000), true)).hedges).toEqual([]);
    expect((await submitted(slowAtTimes(900))).hedges).toEqual([]);
    expect((await submitted(NO_PAST)).hedges).toEqual([]);
  });

  it('that cannot be set fails no submission: its tasks are sent', async () => {
    const timers = capturedTimers();
    const { schedule } = timers;
    timers.schedule = (timer, delay) =>
      timer.purpose === 'hedge' ? Promise.reject(new Error('SQS is away')) : schedule(timer, delay);
    const { head, workshop } = await submitted(slowAtTimes(5_000), false, timers);
    expect(head).toMatchObject({ state: 'open', scatteredAt: expect.any(Number) });
    expect(workshop.publisher.published).not.toEqual([]);
  });

  it('has them sent again when it comes, and once', async () => {
    const { workshop, head } = await submitted(slowAtTimes(5_000));
    const { requestId, deadlineAt } = head;
    const timer = { requestId, deadlineAt, hops: 0, purpose: 'hedge' } as const;
    await workshop.store.mark(
      { requestId, place: 'head' },
      head.resultsToken,
      { arrived: 2, failed: 0 },
      {
        chunkId: 'chunk',
        results: [0, 1].map((taskIndex) => ({ taskIndex, attempt: 1, value: taskIndex })),
      },
    );
    workshop.publisher.published.splice(0);
    workshop.clock.passTo(2_500);
    expect(await hedge(workshop, timer)).toBe('settled');
    expect(await hedge(workshop, timer)).toBe('settled');
    expect(workshop.publisher.published).toMatchObject([{ hedge: true, tasks: [{ taskIndex: 2 }] }]);
  });

  it('comes again when it was early', async () => {
    const { workshop, head } = await submitted(slowAtTimes(5_000));
    const timer = { requestId: head.requestId, deadlineAt: head.deadlineAt, hops: 0, purpose: 'hedge' } as const;
    expect(await hedge(workshop, timer)).toBe('chained');
    expect(workshop.timers.scheduled.at(-1)).toEqual({ ...timer, hops: 1, delaySeconds: 1 });
  });

  it('finds nothing to do for a request that is not there', async () => {
    const { workshop } = await submitted(NO_PAST);
    const timer = { requestId: 'another', deadlineAt: 9_999, hops: 0, purpose: 'hedge' } as const;
    expect(await hedge(workshop, timer)).toBe('settled');
  });
});
