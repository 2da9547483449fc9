import { describe, expect, it } from 'vitest';
import { expire } from '../../functions/timer/expire.ts';
import { takeTimer } from '../../functions/timer/take-timer.ts';
import { delaySeconds, parseTimer } from '../../shared/core/timer.ts';
import { aHead } from '../support/builders.ts';
import { capturedNotices, capturedTimers } from '../support/fakes.ts';
import { createStatusWorld, DEADLINE_AT, succeeded } from '../support/status-world.ts';

const TIMER = { requestId: 'r', deadlineAt: DEADLINE_AT, hops: 0, purpose: 'expire' } as const;

function world() {
  const { gathering, ...rest } = createStatusWorld();
  const timers = capturedTimers();
  return { expiring: { ...gathering, timers }, timers, ...rest };
}

describe('a timer that closes', () => {
  it('is sent again when it comes early, and closes nothing', async () => {
    const { expiring, timers, clock, accept } = world();
    await accept('r', { expected: 2, shardSize: 10 });
    expect(await expire(expiring, TIMER)).toBe('chained');
    expect(timers.scheduled).toEqual([{ ...TIMER, hops: 1, delaySeconds: (DEADLINE_AT - clock.now()) / 1_000 }]);
    expect((await expiring.store.readHead('r', clock.now()))?.state).toBe('open');
  });

  it('waits for the rest of a second, and closes its request at the deadline with what is in', async () => {
    const { expiring, clock, accept, report } = world();
    await report(await accept('r', { expected: 2, shardSize: 10 }), [succeeded(0)]);
    clock.passTo(DEADLINE_AT - 300);
    expect(await expire(expiring, TIMER)).toBe('settled');
    expect(clock.now()).toBe(DEADLINE_AT);
    expect(await expiring.store.readAnswer('r', 1)).toMatchObject({
      ...{ status: 'partial', completionReason: 'deadline-passed', aggregate: { sum: 1 } },
      missing: [{ taskIndex: 1, label: 'task 1', cause: 'timed-out' }],
    });
  });

  it('leaves a request to a later deadline of a registration that was repeated', async () => {
    const { expiring, timers, clock, accept } = world();
    await accept('r', { expected: 2, shardSize: 10 });
    clock.passTo(DEADLINE_AT - 5_000);
    expect(await expire(expiring, { ...TIMER, deadlineAt: DEADLINE_AT - 5_000 })).toBe('not-due');
    expect(timers.scheduled).toEqual([]);
    expect((await expiring.store.readHead('r', clock.now()))?.state).toBe('open');
  });

  it('leaves a closed request alone, and one that is not there', async () => {
    const { expiring, timers, clock, accept, report } = world();
    await report(await accept('r', { expected: 1, shardSize: 10 }), [succeeded(0)]);
    const before = await expiring.store.readAnswer('r', 1);
    clock.passTo(DEADLINE_AT);
    expect(await expire(expiring, TIMER)).toBe('settled');
    expect(await expiring.store.readAnswer('r', 1)).toEqual(before);
    expect(await expire(expiring, { ...TIMER, requestId: 'never' })).toBe('not-due');
    expect(timers.scheduled).toEqual([]);
  });

  it('has the notice sent once, and again after it died before', async () => {
    const { expiring, clock } = world();
    const notices = capturedNotices();
    const { store } = expiring;
    await store.registerHead(aHead({ requestId: 'r', job: 'sum', topicNotice: true, deadlineAt: DEADLINE_AT }));
    await store.putInput('r', { tasks: 3 }, 2_000_000_000);
    clock.passTo(DEADLINE_AT);
    const killed = { send: () => Promise.reject(new Error('killed')) };
    await expect(expire({ ...expiring, notices: killed }, TIMER)).rejects.toThrow('killed');
    expect(await expire({ ...expiring, notices }, TIMER)).toBe('settled');
    expect(notices.asked).toEqual([{ requestId: 'r', attempt: 1, delaySeconds: 0 }]);
  });

  it('sends a deadline on to where deadlines are guarded', async () => {
    const { expiring, timers, clock } = world();
    const timing = { ...expiring, inTurn: () => Promise.reject(), publisher: { publish: async () => {} }, replyTo: '' };
    await takeTimer(timing, { requestId: 'r', deadlineAt: clock.now() + 60_000, hops: 3 });
    expect(timers.scheduled).toEqual([{ requestId: 'r', deadlineAt: clock.now() + 60_000, hops: 3, delaySeconds: 56 }]);
  });
});

describe('a timer that closes a larger request', () => {
  const shape = { expected: 6, shardSize: 2 };

  it('begins to, and finds it closed when its shards are folded', async () => {
    const { expiring, clock, shards, work } = await larger();
    clock.passTo(DEADLINE_AT);
    expect(await expire(expiring, TIMER)).toBe('closing');
    expect(shards.waiting).toHaveLength(3);
    await work();
    expect(await expire(expiring, TIMER)).toBe('settled');
    expect(await expiring.store.readAnswer('r', 1)).toMatchObject({
      ...{ status: 'partial', completionReason: 'deadline-passed', tasks: { succeeded: 1, missing: 5 } },
    });
  });

  it('asks again for folds that nobody made, within a second, and not at once', async () => {
    const { expiring, clock, shards, work } = await larger();
    clock.passTo(DEADLINE_AT);
    await expire(expiring, TIMER);
    expect(shards.take()).toHaveLength(3);
    clock.passTo(DEADLINE_AT + 100);
    await expire(expiring, TIMER);
    expect(shards.waiting).toHaveLength(0);
    clock.passTo(DEADLINE_AT + 1_000);
    expect(await expire(expiring, TIMER)).toBe('closing');
    expect(shards.waiting).toHaveLength(3);
    await work();
    expect(await expire(expiring, TIMER)).toBe('settled');
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
    expect(await expire(expiring, TIMER)).toBe('settled');
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
    ['without a purpose', { ...TIMER, purpose: undefined }],
    ['for a deadline', { ...TIMER, purpose: 'deadline' }],
  ])('%s is a deadline', (_, body) => {
    expect(parseTimer(body)).toEqual({ requestId: 'r', deadlineAt: DEADLINE_AT, hops: 0 });
  });

  it('that closes is one', () => {
    expect(parseTimer(JSON.parse(JSON.stringify(TIMER)))).toEqual(TIMER);
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
