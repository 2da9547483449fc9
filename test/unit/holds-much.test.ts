/** What may be a whole shard is read and folded for one request at a time, however many are in one batch of messages. */
import { describe, expect, it } from 'vitest';
import { aggregate } from '../../functions/aggregator/aggregate.ts';
import { expire } from '../../functions/timer/expire.ts';
import { hedge } from '../../functions/timer/hedge.ts';
import { NO_PAST, windowOf, withAnswers } from '../../shared/core/history.ts';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import { createMemoryHistory } from '../../simulation/ports/memory-history.ts';
import { aHeader, aSuccess } from '../support/builders.ts';
import { aHistory, capturedTimers } from '../support/fakes.ts';
import { aJob } from '../support/jobs.ts';
import { aWorkshop, registered } from '../support/workshop.ts';

const REQUESTS = ['one', 'two', 'three'];

/** Requests of which all but the last task are in, and the most that were being read at any time. */
async function gatherings(expected: number) {
  const tasks = Array.from({ length: expected }, (_, payload) => ({ payload }));
  const workshop = aWorkshop(aJob({ split: () => tasks }));
  const past = withAnswers(withAnswers(NO_PAST, 'leaf', 990, 100), 'leaf', 10, 2_000);
  const history = createMemoryHistory();
  await history.add({ job: 'job', window: windowOf(1_000) }, past, 0);
  const shape = { expected, shardSize: 2_500 };
  const report = (requestId: string, indexes: readonly number[]) =>
    aggregate(watched, [{ ...aHeader({ ...shape, requestId }), results: indexes.map((index) => aSuccess(index)) }]);
  let [reading, most] = [0, 0];
  const readChunks: GatheringStore['readChunks'] = async (...where) => {
    most = Math.max(most, ++reading);
    await new Promise(setImmediate);
    reading--;
    return workshop.store.readChunks(...where);
  };
  const store = { ...workshop.store, readChunks };
  const watched = {
    ...workshop,
    store,
    timers: capturedTimers(),
    history: aHistory(workshop.clock, history),
    replyTo: workshop.replyTo,
  };
  for (const requestId of REQUESTS) {
    await registered(workshop.store, { requestId, ...shape, input: { value: null } });
    await report(
      requestId,
      tasks
        .keys()
        .take(expected - 1)
        .toArray(),
    );
  }
  most = 0;
  const last = () => Promise.all(REQUESTS.map((requestId) => report(requestId, [expected - 1])));
  const timers = <Purpose extends 'hedge' | 'expire'>(purpose: Purpose) =>
    REQUESTS.map((requestId) => ({ purpose, requestId, deadlineAt: 21_000, hops: 0 }));
  return { watched, clock: workshop.clock, last, timers, most: () => most };
}

describe('large requests of one shard', () => {
  it.each([
    ['in turn', 200, 1],
    ['side by side while they are small', 100, 3],
  ])('whose last results come together are read %s', async (_, expected, most) => {
    const requests = await gatherings(expected);
    await requests.last();
    expect(requests.most()).toBe(most);
  });

  it('whose deadlines come together are closed in turn', async () => {
    const { watched, clock, timers, most } = await gatherings(200);
    clock.passTo(21_000);
    await Promise.all(timers('expire').map((timer) => expire(watched, timer)));
    expect(most()).toBe(1);
  });

  it('whose stragglers are due together are looked at in turn', async () => {
    const { watched, clock, timers, most } = await gatherings(200);
    clock.passTo(2_500);
    await Promise.all(timers('hedge').map((timer) => hedge({ ...watched, replyTo: 'results' }, timer)));
    expect(most()).toBe(1);
  });
});
