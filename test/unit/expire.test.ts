import { describe, expect, it } from 'vitest';
import { expire } from '../../functions/timer/expire.ts';
import { delaySeconds, parseTimer } from '../../shared/core/timer.ts';
import { aHead } from '../support/builders.ts';
import { capturedNotices, capturedTimers } from '../support/fakes.ts';
import { createStatusWorld, DEADLINE_AT, succeeded } from '../support/status-world.ts';

const TIMER = { requestId: 'r', deadlineAt: DEADLINE_AT, hops: 0 };

function world() {
  const { gathering, ...rest } = createStatusWorld();
  const timers = capturedTimers();
  return { expiring: { ...gathering, timers }, timers, ...rest };
}

describe('a timer', () => {
  it('that comes early is chained to its deadline, and closes nothing', async () => {
    const { expiring, timers, clock, accept } = world();
    await accept('r', { expected: 2, shardSize: 10 });
    expect(await expire(expiring, TIMER)).toBe('chained');
    expect(timers.scheduled).toEqual([{ ...TIMER, hops: 1, delaySeconds: (DEADLINE_AT - clock.now()) / 1_000 }]);
    expect((await expiring.store.readHead('r', clock.now()))?.state).toBe('open');
  });

  it('closes its request at the deadline with what is in', async () => {
    const { expiring, clock, accept, report } = world();
    await report(await accept('r', { expected: 2, shardSize: 10 }), [succeeded(0)]);
    clock.passTo(DEADLINE_AT);
    expect(await expire(expiring, TIMER)).toBe('settled');
    expect(await expiring.store.readAnswer('r', 1)).toMatchObject({
      ...{ status: 'partial', completionReason: 'deadline-passed', aggregate: { sum: 1 } },
      missing: [{ taskIndex: 1, label: 'task 1', cause: 'timed-out' }],
    });
  });

  it('of a registration that was repeated waits for the deadline in force', async () => {
    const { expiring, timers, clock, accept } = world();
    await accept('r', { expected: 2, shardSize: 10 });
    clock.passTo(DEADLINE_AT - 5_000);
    expect(await expire(expiring, { ...TIMER, deadlineAt: DEADLINE_AT - 5_000 })).toBe('chained');
    expect(timers.scheduled).toEqual([{ ...TIMER, hops: 1, delaySeconds: 5 }]);
    expect((await expiring.store.readHead('r', clock.now()))?.state).toBe('open');
  });

  it('leaves a closed request alone', async () => {
    const { expiring, timers, clock, accept, report } = world();
    await report(await accept('r', { expected: 1, shardSize: 10 }), [succeeded(0)]);
    const before = await expiring.store.readAnswer('r', 1);
    clock.passTo(DEADLINE_AT);
    expect(await expire(expiring, TIMER)).toBe('settled');
    expect(await expiring.store.readAnswer('r', 1)).toEqual(before);
    expect(timers.scheduled).toEqual([]);
  });

  it('has the notice sent of a closed request that still bears the mark', async () => {
    const { expiring, clock, store, notices } = marked();
    await store.registerHead(aHead({ requestId: 'r', expected: 1, topicNotice: true, state: 'closed', version: 1 }));
    clock.passTo(DEADLINE_AT);
    expect(await expire(expiring, TIMER)).toBe('settled');
    expect(notices.asked).toEqual([{ requestId: 'r', attempt: 1, delaySeconds: 0 }]);
    await store.clearNotice('r', 'topic');
    await expire(expiring, TIMER);
    expect(notices.asked).toHaveLength(1);
  });

  it('that closes has the notice sent once, and again after it died before', async () => {
    const { expiring, clock, store, notices } = marked();
    await store.registerHead(aHead({ requestId: 'r', job: 'sum', topicNotice: true, deadlineAt: DEADLINE_AT }));
    await store.putInput('r', { tasks: 3 }, 2_000_000_000);
    clock.passTo(DEADLINE_AT);
    const { send } = notices;
    notices.send = () => Promise.reject(new Error('killed'));
    await expect(expire(expiring, TIMER)).rejects.toThrow('killed');
    notices.send = send;
    expect(await expire(expiring, TIMER)).toBe('settled');
    expect(notices.asked).toEqual([{ requestId: 'r', attempt: 1, delaySeconds: 0 }]);
  });

  function marked() {
    const made = world();
    const notices = capturedNotices();
    return { ...made, notices, store: made.expiring.store, expiring: { ...made.expiring, notices } };
  }

  it('looks once more for a request whose distributor stalled before registering it', async () => {
    const { expiring, timers, clock, accept } = world();
    clock.passTo(DEADLINE_AT);
    expect(await expire(expiring, TIMER)).toBe('chained');
    expect(timers.scheduled).toEqual([{ ...TIMER, hops: 1, delaySeconds: 60 }]);
    await accept('r', { expected: 1, shardSize: 10 });
    clock.passTo(DEADLINE_AT + 60_000);
    expect(await expire(expiring, { ...TIMER, hops: 1 })).toBe('settled');
    expect(await expire(expiring, { ...TIMER, requestId: 'never' })).toBe('no-such-request');
  });
});

describe('a timer of a larger request', () => {
  const shape = { expected: 6, shardSize: 2 };

  it('begins to close it, and comes again until it is closed', async () => {
    const { expiring, timers, clock, shards, work } = await larger();
    clock.passTo(DEADLINE_AT);
    expect(await expire(expiring, TIMER)).toBe('chained');
    expect(timers.scheduled).toEqual([{ ...TIMER, hops: 1, delaySeconds: 5 }]);
    expect(shards.waiting).toHaveLength(3);
    await work();
    clock.passTo(DEADLINE_AT + 5_000);
    expect(await expire(expiring, { ...TIMER, hops: 1 })).toBe('settled');
    expect(timers.scheduled).toHaveLength(1);
    expect(await expiring.store.readAnswer('r', 1)).toMatchObject({
      ...{ status: 'partial', completionReason: 'deadline-passed', tasks: { succeeded: 1, missing: 5 } },
    });
  });

  it('asks again for folds that nobody made', async () => {
    const { expiring, clock, shards, work } = await larger();
    clock.passTo(DEADLINE_AT);
    await expire(expiring, TIMER);
    expect(shards.take()).toHaveLength(3);
    for (const hops of [1, 2]) {
      clock.passTo(DEADLINE_AT + 5_000 * hops);
      expect(await expire(expiring, { ...TIMER, hops })).toBe('chained');
    }
    expect(shards.waiting).toHaveLength(6);
    await work();
    expect(await expire(expiring, { ...TIMER, hops: 3 })).toBe('settled');
  });

  it('finishes a close of which nothing but the answer is missing', async () => {
    const { expiring, clock, work } = await larger();
    clock.passTo(DEADLINE_AT);
    await expire(expiring, TIMER);
    const { putAnswer } = expiring.store;
    expiring.store.putAnswer = () => Promise.reject(new Error('killed'));
    await expect(work()).rejects.toThrow('killed');
    expiring.store.putAnswer = putAnswer;
    await work();
    expect(await expire(expiring, { ...TIMER, hops: 1 })).toBe('settled');
  });

  it('says that something is wrong with a close that takes an hour', async () => {
    const { expiring, timers, clock } = await larger();
    clock.passTo(DEADLINE_AT + 3_599_999);
    expect(await expire(expiring, TIMER)).toBe('chained');
    clock.passTo(DEADLINE_AT + 3_600_000);
    await expect(expire(expiring, TIMER)).rejects.toMatchObject({ code: 'never-closes' });
    expect(timers.scheduled).toHaveLength(1);
  });

  /** One of its tasks is in. */
  async function larger() {
    const made = world();
    await made.report(await made.accept('r', shape), [succeeded(0)]);
    return made;
  }
});

describe('a timer message', () => {
  it.each([
    ['without a purpose', TIMER],
    ['for a deadline', { ...TIMER, purpose: 'deadline' }],
  ])('%s is a deadline', (_, body) => {
    expect(parseTimer(body)).toEqual(TIMER);
  });

  it.each([
    ['{}', 'requestId'],
    ['[]', 'a timer'],
    ['null', 'a timer'],
    ['{"requestId":1,"deadlineAt":2,"hops":3}', 'requestId'],
    ['{"requestId":"r","deadlineAt":2}', 'hops'],
    ['{"requestId":"r","deadlineAt":2,"hops":3,"purpose":"dance"}', 'purpose'],
    ['{"requestId":"r","deadlineAt":2,"hops":3,"purpose":"toString"}', 'purpose'],
    ['{"requestId":"r","deadlineAt":2,"hops":3,"purpose":4}', 'purpose'],
  ])('%s is refused', (body, member) => {
    expect(() => parseTimer(JSON.parse(body))).toThrow(member);
  });
});

describe('a delay', () => {
  it.each([
    [0, 0],
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [900_000, 900],
    [900_001, 900],
    [7 * 24 * 3_600_000, 900],
    [-5, 0],
  ])('until %i ms from now is %i s: never early, never longer than one message may sleep', (ms, seconds) => {
    expect(delaySeconds(1_000_000 + ms, 1_000_000)).toBe(seconds);
  });
});
