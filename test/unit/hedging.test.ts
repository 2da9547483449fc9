import { beforeEach, describe, expect, it } from 'vitest';
import { aggregate } from '../../functions/aggregator/aggregate.ts';
import type { TaskResult } from '../../shared/core/envelope.ts';
import type { Head } from '../../shared/core/gathering.ts';
import { NO_PAST, type Past, windowOf, withAnswers } from '../../shared/core/history.ts';
import type { Job } from '../../shared/core/job.ts';
import { createHedger, type Hedger, type Hedging } from '../../shared/gathering/hedge.ts';
import { awaitClosed } from '../../shared/gathering/settle.ts';
import { createMemoryHistory } from '../../simulation/ports/memory-history.ts';
import { aFailure, aHeader, aSuccess } from '../support/builders.ts';
import { aHistory } from '../support/fakes.ts';
import { aJob, type JobChanges } from '../support/jobs.ts';
import { aWorkshop, registered, type Workshop } from '../support/workshop.ts';

const TASKS = 100;
/** Past this moment, most tasks of the leaf that are out are stragglers. */
const SLOW_AT = 1_100 + 130;

const tasks = Array.from({ length: TASKS }, (_, payload) => ({ payload, label: `task ${payload}` }));
const hundredTasks = (changes: JobChanges = {}): Job => aJob({ split: () => tasks, ...changes });

/** A leaf that takes a tenth of a second, and once in a hundred times two seconds. */
const slowAtTimes = (answered = 10_000): Past =>
  withAnswers(withAnswers(NO_PAST, 'leaf', answered * 0.99, 100), 'leaf', answered * 0.01, 2_000);

describe('a request that waits for stragglers', () => {
  const history = { store: createMemoryHistory() };
  let workshop: Workshop & Hedging;
  let head: Head;
  beforeEach(() => {
    history.store = createMemoryHistory();
  });

  const begin = async (job: Job = hundredTasks(), past = slowAtTimes()): Promise<Hedger> => {
    const base = aWorkshop(job);
    const place = { job: job.name, window: windowOf(base.clock.now()) };
    await history.store.add(place, past, 0);
    workshop = { ...base, ...{ history: aHistory(base.clock, history.store) } } as unknown as Workshop & Hedging;
    head = await registered(workshop.store, { expected: TASKS, shardSize: TASKS });
    await workshop.store.putInput(head.requestId, null, head.ttlEpochSeconds);
    return createHedger(hedging());
  };
  const hedging = (): Hedging => ({ ...workshop, replyTo: 'results' });
  const report = (results: readonly TaskResult[]) =>
    aggregate(workshop, [{ ...aHeader({ expected: TASKS, shardSize: TASKS }), results }]);
  const comeIn = (count: number) => report(Array.from({ length: count }, (_, index) => aSuccess(index)));
  const current = async () => (await workshop.store.readHead(head.requestId, workshop.clock.now())) as Head;
  const sentAgain = () => workshop.publisher.published.flatMap((message) => message.tasks.map((t) => t.taskIndex));

  it('has each sent again once, alone and marked, as it was', async () => {
    const hedger = await begin();
    await comeIn(98);
    workshop.clock.passTo(SLOW_AT);
    await hedger(await current());
    expect(workshop.publisher.published).toMatchObject([
      { hedge: true, attempt: 1, replyTo: 'results', tasks: [{ taskIndex: 98, label: 'task 98', payload: 98 }] },
      { hedge: true, attempt: 1, replyTo: 'results', tasks: [{ taskIndex: 99, label: 'task 99', payload: 99 }] },
    ]);
    await hedger(await current());
    await createHedger(hedging())(await current());
    expect(sentAgain()).toEqual([98, 99]);
  });

  it('has a copy sent again that is a straggler too, as often as the budget says', async () => {
    const hedger = await begin();
    await comeIn(99);
    workshop.clock.passTo(SLOW_AT);
    for (let next = await hedger(await current()); next !== undefined; next = await hedger(await current())) {
      expect(next).toBeGreaterThan(workshop.clock.now() + 99);
      workshop.clock.passTo(next);
    }
    expect(sentAgain()).toEqual([99, 99, 99, 99, 99]);
  });

  it('is told when they will be due, and nothing is sent before', async () => {
    const hedger = await begin();
    await comeIn(99);
    const dueAt = (await hedger(await current())) ?? 0;
    expect(dueAt).toBeGreaterThan(1_200);
    expect(dueAt).toBeLessThan(SLOW_AT);
    workshop.clock.passTo(dueAt - 1);
    expect(await hedger(await current())).toBe(dueAt);
    expect(sentAgain()).toEqual([]);
    workshop.clock.passTo(dueAt);
    await hedger(await current());
    expect(sentAgain()).toEqual([99]);
  });

  it('has none sent again that waits for a request of its own', async () => {
    const hedger = await begin();
    await comeIn(94);
    const request = { job: 'job', input: null };
    const divided = [94, 95, 96, 97, 98].map((taskIndex) => ({ taskIndex, attempt: 1, request }));
    await aggregate(workshop, [{ ...aHeader({ expected: TASKS, shardSize: TASKS }), results: divided }]);
    workshop.clock.passTo(SLOW_AT);
    await hedger(await current());
    expect(sentAgain()).toEqual([99]);
  });

  it('has none sent again while more are out than the budget has room for', async () => {
    const hedger = await begin();
    await comeIn(94);
    workshop.clock.passTo(SLOW_AT);
    await hedger(await current());
    expect(sentAgain()).toEqual([]);
    await report([aSuccess(94)]);
    await hedger(await current());
    expect(sentAgain()).toEqual([95, 96, 97, 98, 99]);
  });

  it('has none sent again for a job that is not hedged, of which little is known, or that has changed', async () => {
    const others: [Job, Past][] = [
      [hundredTasks({ idempotent: false }), slowAtTimes()],
      [hundredTasks({ hedge: false }), slowAtTimes()],
      [hundredTasks(), slowAtTimes(90)],
      [hundredTasks({ version: 2 }), slowAtTimes()],
    ];
    for (const [job, past] of others) {
      history.store = createMemoryHistory();
      const hedger = await begin(job, past);
      await comeIn(99);
      workshop.clock.passTo(SLOW_AT);
      expect(await hedger(await current())).toBeUndefined();
      expect(sentAgain()).toEqual([]);
    }
  });

  it('has each sent again once, however many wait for it', async () => {
    await begin();
    await comeIn(99);
    workshop.clock.passTo(SLOW_AT);
    const seen = await current();
    await Promise.all(Array.from({ length: 5 }, () => createHedger(hedging())(seen)));
    expect(sentAgain()).toEqual([99]);
  });

  it('has none sent again when the budget of all requests together is spent', async () => {
    const hedger = await begin(hundredTasks(), slowAtTimes(1_000));
    await history.store.spend({ job: 'job', window: windowOf(workshop.clock.now()) }, 50, 50, 0);
    await comeIn(99);
    workshop.clock.passTo(SLOW_AT);
    await hedger(await current());
    expect(sentAgain()).toEqual([]);
  });

  it('has them sent again when the budget has room again, which is asked for more and more seldom', async () => {
    const hedger = await begin(hundredTasks(), slowAtTimes(1_000));
    const place = { job: 'job', window: windowOf(workshop.clock.now()) };
    await history.store.spend(place, 50, 50, 0);
    await comeIn(99);
    workshop.clock.passTo(SLOW_AT);
    const again = (await hedger(await current())) ?? 0;
    expect(again).toBe(SLOW_AT + 5_000);
    workshop.clock.passTo(again);
    expect(await hedger(await current())).toBeGreaterThan(again + 5_000);
    await history.store.add(place, slowAtTimes(1_000), 0);
    workshop.clock.passTo(again + 6_000);
    await hedger(await current());
    expect(sentAgain()).toEqual([99]);
  });

  it('is answered by the copy, at the moment that comes in', async () => {
    const hedger = await begin();
    await comeIn(99);
    const { publish } = workshop.publisher;
    workshop.publisher.publish = async (envelopes) => {
      await publish(envelopes);
      await report([aSuccess(99, { hedge: true })]);
    };
    const closed = await awaitClosed(workshop, await current(), 20_000, hedger);
    expect(closed).toMatchObject({ state: 'closed', reason: 'all-succeeded' });
    expect(workshop.clock.now()).toBeLessThan(SLOW_AT + 20);
    expect(workshop.telemetry.counted('TasksHedged')).toBe(1);
    expect(workshop.telemetry.counted('HedgesWon')).toBe(1);
  });

  it('is waited for although nothing can be sent again, which is tried once', async () => {
    const hedger = await begin();
    await comeIn(99);
    let tries = 0;
    const failing: Hedger = async (seen) => {
      const at = await hedger(seen);
      if (sentAgain().length === 0) return at;
      tries++;
      throw new Error('SNS throttles');
    };
    const closed = await awaitClosed(workshop, await current(), 30_000, failing);
    expect(closed).toMatchObject({ state: 'closed', reason: 'deadline-passed' });
    expect(tries).toBe(1);
  });

  it('does not hear a copy fail, and tries nothing again for it', async () => {
    await begin();
    await comeIn(99);
    const error = { cause: 'leaf-error', message: 'no', retryable: true };
    await report([aFailure(99, { hedge: true, error, payload: 99 })]);
    await report([aFailure(99, { hedge: true })]);
    expect(await current()).toMatchObject({ state: 'open', arrived: 99, failed: 0 });
    expect(sentAgain()).toEqual([]);
    await report([aFailure(99, { error, payload: 99 })]);
    expect(workshop.publisher.published).toMatchObject([{ attempt: 2, tasks: [{ taskIndex: 99 }] }]);
    expect(workshop.publisher.published[0]).not.toHaveProperty('hedge');
  });
});

describe('every leaf slow at once', () => {
  it('never has more sent again than the budget, over all requests together', async () => {
    const job = hundredTasks({ split: () => tasks.slice(0, 5) });
    const store = createMemoryHistory();
    const base = aWorkshop(job);
    const requests = 400;
    await store.add({ job: 'job', window: windowOf(base.clock.now()) }, slowAtTimes(requests * 5), 0);
    base.clock.passTo(SLOW_AT);
    for (let request = 0; request < requests; request++) {
      const workshop = { ...base, history: aHistory(base.clock, store), replyTo: 'results' };
      const requestId = `request ${request}`;
      const head = await registered(base.store, { requestId, expected: 5, shardSize: 5 });
      await base.store.putInput(requestId, null, head.ttlEpochSeconds);
      const results = [0, 1, 2, 3].map((index) => aSuccess(index));
      await aggregate(base, [{ ...aHeader({ requestId, expected: 5, shardSize: 5 }), results }]);
      const current = (await base.store.readHead(requestId, base.clock.now())) as Head;
      await createHedger({ ...workshop })(current);
    }
    expect(base.publisher.published).toHaveLength(requests * 5 * 0.05);
  });
});
