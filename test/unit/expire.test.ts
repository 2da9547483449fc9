import { describe, expect, it } from 'vitest';
import { expire, readTimer } from '../../functions/timer/expire.ts';
import { delaySeconds } from '../../shared/core/timer.ts';
import { capturedTimers } from '../support/fakes.ts';
import { createStatusWorld, DEADLINE_AT, succeeded } from '../support/status-world.ts';

const TIMER = { requestId: 'r', deadlineAt: DEADLINE_AT, hops: 0 };

function world() {
  const { gathering, clock, accept, report } = createStatusWorld();
  const timers = capturedTimers();
  return { expiring: { ...gathering, timers }, timers, clock, accept, report };
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

  it.each(['{}', '[]', 'null', '{"requestId":1,"deadlineAt":2,"hops":3}', 'no JSON'])(
    'is refused when it is %s',
    (body) => {
      expect(() => readTimer(body)).toThrow();
    },
  );
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
