import { describe, expect, it } from 'vitest';
import { guard } from '../../functions/warden/guard.ts';
import { deadlineTimers } from '../../shared/core/timer.ts';
import { aHead } from '../support/builders.ts';
import { capturedNotices, capturedTimers } from '../support/fakes.ts';
import { createStatusWorld, DEADLINE_AT, succeeded } from '../support/status-world.ts';

const TIMER = { requestId: 'r', deadlineAt: DEADLINE_AT, hops: 0 };
const EXPIRE = { ...TIMER, purpose: 'expire' };
const shape = { expected: 2, shardSize: 10 };

function world() {
  const { gathering, ...rest } = createStatusWorld();
  const [timers, notices] = [capturedTimers(), capturedNotices()];
  return { guarding: { ...gathering, timers, notices }, timers, notices, ...rest };
}

describe('a deadline', () => {
  it('that is far sleeps on, and nothing is read for it', async () => {
    const { guarding, timers, clock } = world();
    const store = { glanceAtHead: () => Promise.reject(), readHead: () => Promise.reject() };
    expect(await guard({ ...guarding, store }, TIMER)).toBe('asleep');
    const delaySeconds = (DEADLINE_AT - 4_000 - clock.now()) / 1_000;
    expect(timers.scheduled).toEqual([{ ...TIMER, hops: 1, delaySeconds }]);
  });

  it('that is near has its request closed when it comes, and looked at a second later', async () => {
    const { guarding, timers, clock, accept } = world();
    await accept('r', shape);
    clock.passTo(DEADLINE_AT - 4_000);
    expect(await guard(guarding, TIMER)).toBe('guarded');
    expect(timers.scheduled).toEqual([
      { ...EXPIRE, hops: 1, delaySeconds: 4 },
      { ...TIMER, hops: 1, delaySeconds: 5 },
    ]);
  });

  it('that has passed has its request closed at once, and looked at again and again until it is', async () => {
    const { guarding, timers, clock, accept } = world();
    await accept('r', shape);
    const delays = [];
    for (const lateMs of [0, 1_000, 60_000]) {
      clock.passTo(DEADLINE_AT + lateMs);
      expect(await guard(guarding, TIMER)).toBe('guarded');
      delays.push(timers.scheduled.splice(0).map(({ purpose, delaySeconds }) => [purpose, delaySeconds]));
    }
    const [expire, look] = ['expire', undefined];
    expect(delays).toEqual([
      [
        [expire, 0],
        [look, 1],
      ],
      [
        [expire, 0],
        [look, 1],
      ],
      [
        [expire, 0],
        [look, 15],
      ],
    ]);
  });

  it('of a closed request is over', async () => {
    const { guarding, timers, notices, clock, accept, report } = world();
    await report(await accept('r', { ...shape, expected: 1 }), [succeeded(0)]);
    clock.passTo(DEADLINE_AT - 4_000);
    expect(await guard(guarding, TIMER)).toBe('settled');
    expect([timers.scheduled, notices.asked]).toEqual([[], []]);
  });

  it('has the notice sent of a closed request that still bears the mark', async () => {
    const { guarding, clock, notices } = world();
    const { store } = guarding as unknown as ReturnType<typeof createStatusWorld>['gathering'];
    await store.registerHead(aHead({ requestId: 'r', expected: 1, topicNotice: true, state: 'closed', version: 1 }));
    clock.passTo(DEADLINE_AT);
    expect(await guard(guarding, TIMER)).toBe('settled');
    expect(notices.asked).toEqual([{ requestId: 'r', attempt: 1, delaySeconds: 0 }]);
  });

  it('of a registration that was repeated is the one in force', async () => {
    const { guarding, timers, clock, accept } = world();
    await accept('r', shape);
    clock.passTo(DEADLINE_AT - 9_000);
    expect(await guard(guarding, { ...TIMER, deadlineAt: DEADLINE_AT - 5_000 })).toBe('asleep');
    expect(timers.scheduled).toEqual([{ ...TIMER, hops: 1, delaySeconds: 5 }]);
  });

  it('is looked at once more for a request whose distributor stalled before registering it', async () => {
    const { guarding, timers, clock } = world();
    clock.passTo(DEADLINE_AT - 4_000);
    expect(await guard(guarding, TIMER)).toBe('asleep');
    clock.passTo(DEADLINE_AT);
    expect(await guard(guarding, TIMER)).toBe('asleep');
    expect(timers.scheduled.map(({ delaySeconds }) => delaySeconds)).toEqual([4, 60]);
    clock.passTo(DEADLINE_AT + 60_000);
    expect(await guard(guarding, TIMER)).toBe('no-such-request');
  });

  it('that passed an hour ago, with a close that never ends, says that something is wrong', async () => {
    const { guarding, timers, clock, accept } = world();
    await accept('r', shape);
    clock.passTo(DEADLINE_AT + 3_600_000);
    await expect(guard(guarding, TIMER)).rejects.toMatchObject({ code: 'never-closes' });
    expect(timers.scheduled).toEqual([]);
  });
});

describe('the timers of a deadline', () => {
  it.each([
    ['far off, one that wakes before it', 20_000, [[undefined, 16]]],
    ['days off, one of a chain', 86_400_000, [[undefined, 900]]],
    [
      'soon, one that closes and one that looks',
      2_000,
      [
        ['expire', 2],
        [undefined, 3],
      ],
    ],
    [
      'a little beyond whole seconds, the sooner one: it waits',
      1_400,
      [
        ['expire', 1],
        [undefined, 2],
      ],
    ],
    [
      'much beyond whole seconds, the later one',
      1_600,
      [
        ['expire', 2],
        [undefined, 3],
      ],
    ],
  ])('are, %s', (_, leftMs, expected) => {
    const due = deadlineTimers({ requestId: 'r', deadlineAt: 1_000_000 + leftMs, hops: 0 }, 1_000_000);
    expect(due.map(([{ purpose }, delay]) => [purpose, delay])).toEqual(expected);
  });
});
