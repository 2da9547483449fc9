/** Calling the roll over a store in memory and a clock that is told the time. */
import { describe, expect, it } from 'vitest';
import { attend } from '../../functions/attendance/attend.ts';
import type { RollCallEnvelope } from '../../shared/core/roll-call/roll-call.ts';
import { callRoll } from '../../shared/roll-call/call-roll.ts';
import { settleRoll } from '../../shared/roll-call/close-roll.ts';
import { type FakeClock, fakeClock } from '../support/fakes.ts';
import { aRollCall, aRollCallWorld, type RollCallWorld } from '../support/roll-calls.ts';

const START = 1_000_000;
const WINDOW = { windowMs: 2_000, minWindowMs: 250 };

const record = (body: unknown, receivedAt: number, messageId = 'm') =>
  ({ messageId, body: JSON.stringify(body), attributes: { SentTimestamp: String(receivedAt) } }) as never;
const answerTo = ({ rollCallId, answersToken }: RollCallEnvelope, instanceId: string, more = {}) => ({
  ...{ v: 1, kind: 'present', rollCallId, answersToken, service: 'pricing', instanceId },
  ...more,
});

/** A world in which instances answer so long after they are asked, each when the clock comes to it. */
function worldOf(instances: Readonly<Record<string, number>>): { world: RollCallWorld; clock: FakeClock } {
  const clock = fakeClock(START);
  const due: { at: number; answer: () => Promise<unknown> }[] = [];
  const world = aRollCallWorld(clock, async (envelope) => {
    for (const [instanceId, afterMs] of Object.entries(instances)) {
      const at = clock.now() + afterMs;
      due.push({ at, answer: () => attend(world, [record(answerTo(envelope, instanceId), at)]) });
    }
  });
  const { sleep } = clock;
  clock.sleep = async (ms) => {
    const until = clock.now() + ms;
    for (const { at, answer } of due.toSorted((a, b) => a.at - b.at))
      if (at > clock.now() && at <= until) {
        clock.passTo(at);
        await answer();
      }
    await sleep(until - clock.now());
  };
  return { world, clock };
}

describe('a roll-call', () => {
  it('that expects nobody takes its whole window, and looks at nothing meanwhile', async () => {
    const { world } = worldOf({ a: 10, b: 1_900 });
    let glances = 0;
    const { glance } = world.store;
    world.store.glance = (...args) => {
      glances++;
      return glance(...args);
    };
    const { rollCall, outcome } = await callRoll(world, 'ann', WINDOW);
    expect(outcome).toMatchObject({ status: 'complete', absent: [], closedAt: START + 2_000 });
    expect(outcome.present.map(({ instanceId, answeredAfterMs }) => [instanceId, answeredAfterMs])).toEqual([
      ['a', 10],
      ['b', 1_900],
    ]);
    expect(rollCall).toMatchObject({ owner: 'ann', state: 'closed' });
    expect(glances).toBe(0);
  });

  it('is asked once, with where and until when to answer', async () => {
    const { world } = worldOf({});
    await callRoll(world, 'ann', { ...WINDOW, services: ['pricing'] });
    expect(world.asked).toEqual([
      {
        ...{ v: 1, kind: 'roll-call', rollCallId: 'request-1', services: ['pricing'] },
        ...{ askedAt: START, answerBy: START + 2_000, expiresAt: START + 2_000 },
        ...{ replyTo: 'answers', answersPath: '/v1/roll-calls/request-1/answers', answersToken: 'token-1' },
      },
    ]);
  });

  it('ends early once everybody who is expected has answered', async () => {
    const { world, clock } = worldOf({ a: 300, b: 700, c: 1_500 });
    const { outcome } = await callRoll(world, 'ann', { ...WINDOW, expected: ['pricing/a', 'pricing/b'] });
    expect(outcome).toMatchObject({ status: 'complete', absent: [] });
    expect(outcome.present.map(({ instanceId }) => instanceId)).toEqual(['a', 'b']);
    expect(clock.now()).toBeGreaterThanOrEqual(START + 700);
    expect(clock.now()).toBeLessThan(START + 850);
  });

  it('does not end early before its least window', async () => {
    const { world, clock } = worldOf({ a: 5, b: 240 });
    const { outcome } = await callRoll(world, 'ann', { ...WINDOW, expected: ['pricing'] });
    expect(clock.now()).toBe(START + 250);
    expect(outcome.present).toHaveLength(2);
  });

  it('waits for its minimum too', async () => {
    const { world, clock } = worldOf({ a: 300, b: 900 });
    const { outcome } = await callRoll(world, 'ann', { ...WINDOW, expected: ['pricing'], minimum: 2 });
    expect(outcome).toMatchObject({ status: 'complete' });
    expect(clock.now()).toBeGreaterThanOrEqual(START + 900);
  });

  it('names who is absent at the end of its window', async () => {
    const { world, clock } = worldOf({ a: 300 });
    const expected = ['pricing/a', 'pricing/b', 'stock'];
    const { outcome } = await callRoll(world, 'ann', { ...WINDOW, expected });
    expect(clock.now()).toBe(START + 2_000);
    expect(outcome).toMatchObject({
      status: 'partial',
      absent: [{ service: 'pricing', instanceId: 'b' }, { service: 'stock' }],
    });
  });

  it('with too few for its minimum is partial', async () => {
    const { world } = worldOf({ a: 300 });
    const { outcome } = await callRoll(world, 'ann', { ...WINDOW, minimum: 2 });
    expect(outcome).toMatchObject({ status: 'partial', absent: [] });
  });

  it('whose answers come double looks no earlier than it must, and is not deceived', async () => {
    const { world, clock } = worldOf({ b: 900 });
    const { publish } = world.topic;
    world.topic.publish = async (envelope) => {
      await publish(envelope);
      const twice = [1, 2, 3].map(() => record(answerTo(envelope, 'a'), START + 1));
      await attend(world, twice);
    };
    const { outcome } = await callRoll(world, 'ann', { ...WINDOW, expected: ['pricing/a', 'pricing/b'] });
    expect(outcome.present.map(({ instanceId }) => instanceId)).toEqual(['a', 'b']);
    expect(clock.now()).toBeGreaterThanOrEqual(START + 900);
  });
});

describe('a roll-call that expects nobody by name', () => {
  /** Calls that have taught who usually answers; then one more, of which the world is another. */
  async function taught(instances: Readonly<Record<string, number>>, then: Readonly<Record<string, number>>) {
    const answersAfter = { ...instances };
    const { world, clock } = worldOf(answersAfter);
    for (let calls = 0; calls < 3; calls++) {
      await callRoll(world, 'ann', WINDOW);
      clock.passTo(clock.now() + 60_000);
    }
    for (const name of Object.keys(instances)) delete answersAfter[name];
    Object.assign(answersAfter, then);
    const since = clock.now();
    const { outcome } = await callRoll(world, 'ann', WINDOW);
    return { world, clock, outcome, tookMs: clock.now() - since, since };
  }

  it('ends early once all who usually answer have', async () => {
    const { outcome, tookMs } = await taught({ a: 300, b: 400 }, { a: 300, b: 400, slow: 1_900 });
    expect(outcome).toMatchObject({ status: 'complete', absent: [] });
    expect(tookMs).toBeLessThan(550);
  });

  it('names whoever usually answers and has not, with when it was last seen', async () => {
    const { outcome, tookMs, since } = await taught({ a: 300, b: 400 }, { a: 300 });
    expect(tookMs).toBe(2_000);
    const lastSeenAt = since - 60_000 - 2_000 + 400;
    expect(outcome).toMatchObject({
      status: 'partial',
      absent: [{ service: 'pricing', instanceId: 'b', missedInARow: 1 }],
    });
    expect(outcome.absent[0]?.lastSeenAt).toBeGreaterThanOrEqual(lastSeenAt - 1_700);
  });

  it('expects nobody else than its caller does, if that says whom', async () => {
    const { world } = await taught({ a: 300, b: 400 }, { a: 300 });
    const { outcome } = await callRoll(world, 'ann', { ...WINDOW, expected: ['pricing/a'] });
    expect(outcome).toMatchObject({ status: 'complete', absent: [] });
  });

  it('rings once a regular member has been absent three times running', async () => {
    const { world, clock } = await taught({ a: 300, b: 400 }, { a: 300 });
    expect(world.telemetry.counted('RegularMembersAbsent')).toBe(0);
    for (let calls = 0; calls < 3; calls++) {
      clock.passTo(clock.now() + 60_000);
      await callRoll(world, 'ann', WINDOW);
    }
    expect(world.telemetry.counted('RegularMembersAbsent')).toBe(1);
    const { outcome } = await callRoll(world, 'ann', WINDOW);
    expect(outcome).toMatchObject({ status: 'complete', absent: [] });
  });

  it('stands though its lesson cannot be kept', async () => {
    const { world } = worldOf({ a: 300 });
    world.census.put = async () => {
      throw new Error('no');
    };
    expect((await callRoll(world, 'ann', WINDOW)).outcome.present).toHaveLength(1);
  });

  it('gives up a lesson that others always come before', async () => {
    const { world } = worldOf({ a: 300 });
    let tries = 0;
    world.census.put = async () => {
      tries++;
      return 'refused';
    };
    expect((await callRoll(world, 'ann', WINDOW)).outcome.present).toHaveLength(1);
    expect(tries).toBe(4);
  });

  it('learns of no more services than a census holds', async () => {
    const clock = fakeClock(START);
    const world = aRollCallWorld(clock, async (envelope) => {
      const services = Array.from({ length: 210 }, (_, index) => answerTo(envelope, 'a', { service: `s-${index}` }));
      await attend(
        world,
        services.map((answer) => record(answer, START + 1)),
      );
    });
    expect((await callRoll(world, 'ann', WINDOW)).outcome.present).toHaveLength(210);
    expect(await world.census.glance()).toHaveLength(200);
  });
});

describe('a roll-call whose caller is gone', () => {
  it('runs until its window has ended, then is closed by whoever asks, once', async () => {
    const clock = fakeClock(START);
    const world = aRollCallWorld(clock);
    const rollCall = aRollCall({ askedAt: START, expected: ['pricing/a', 'pricing/b'] });
    await world.store.register(rollCall);
    expect(await settleRoll(world, rollCall)).toEqual({ rollCall });
    const envelope = { rollCallId: 'roll-call', answersToken: 'token' } as RollCallEnvelope;
    await attend(world, [record(answerTo(envelope, 'a'), START + 20)]);
    clock.passTo(START + 2_000);
    const closed = await settleRoll(world, rollCall);
    expect(closed).toMatchObject({ outcome: { present: [{ instanceId: 'a' }], absent: [{ instanceId: 'b' }] } });
    expect(await settleRoll(world, rollCall)).toEqual(closed);
    expect(await settleRoll(world, closed.rollCall)).toEqual(closed);
  });

  it('that was closed and not kept is concluded by whoever asks', async () => {
    const world = aRollCallWorld(fakeClock(START));
    await world.store.register(aRollCall());
    const closed = await world.store.close('roll-call', START + 300);
    if (closed === 'refused') throw new Error('was open');
    expect(await settleRoll(world, closed)).toMatchObject({ outcome: { present: [], closedAt: START + 300 } });
  });
});

describe('attendance', () => {
  const open = async (changes = {}) => {
    const world = aRollCallWorld(fakeClock(START));
    await world.store.register(aRollCall({ askedAt: START, ...changes }));
    const arrived = async () => (await world.store.read('roll-call', START))?.arrived;
    return { world, arrived };
  };
  const own = { rollCallId: 'roll-call', answersToken: 'token' } as RollCallEnvelope;
  const inTime = START + 100;

  it('keeps a batch as one chunk, and counts it once', async () => {
    const { world, arrived } = await open();
    await attend(world, [record(answerTo(own, 'a'), inTime), record(answerTo(own, 'b'), inTime)]);
    expect(await world.store.readAnswers(aRollCall())).toHaveLength(1);
    expect(await arrived()).toBe(2);
  });

  it('refuses what it cannot read, what is forged and what nobody asked for, and takes the rest', async () => {
    const { world, arrived } = await open();
    const left = await attend(world, [
      record('no object', inTime),
      record(answerTo(own, 'a', { metadata: { text: 'x'.repeat(3_000) } }), inTime),
      record(answerTo({ ...own, answersToken: 'forged' }, 'b'), inTime),
      record(answerTo({ ...own, rollCallId: 'nobody-called' }, 'c'), inTime),
      record(answerTo(own, 'd'), inTime),
    ]);
    expect(left).toEqual([]);
    expect(await arrived()).toBe(1);
    expect(world.telemetry.counted('AnswersRefused')).toBe(4);
  });

  it('counts what was received after the window, or once it is closed, as late', async () => {
    const { world, arrived } = await open();
    await attend(world, [record(answerTo(own, 'a'), START + 2_000), record(answerTo(own, 'b'), START + 2_001)]);
    expect(await arrived()).toBe(1);
    await world.store.close('roll-call', START + 2_010);
    await attend(world, [record(answerTo(own, 'c'), inTime)]);
    expect(world.telemetry.counted('AnswersLate')).toBe(2);
    expect((await world.store.readAnswers(aRollCall())).flatMap(({ answers }) => answers)).toHaveLength(1);
  });

  it('takes no more than a roll-call may have', async () => {
    const { world } = await open({ arrived: 10_000 });
    await attend(world, [record(answerTo(own, 'a'), inTime)]);
    expect(await world.store.readAnswers(aRollCall())).toEqual([]);
    expect(world.telemetry.counted('AnswersLate')).toBe(1);
  });

  it('has the answers of one roll-call come again where its calls fail, and no others', async () => {
    const { world } = await open();
    const { mark } = world.store;
    await world.store.register(aRollCall({ rollCallId: 'other' }));
    world.store.mark = async (rollCallId, ...rest) => {
      if (rollCallId === 'other') throw new Error('no');
      return mark(rollCallId, ...rest);
    };
    const mine = record(answerTo(own, 'a'), inTime);
    const others = record(answerTo({ ...own, rollCallId: 'other' }, 'b'), inTime);
    expect(await attend(world, [mine, others])).toEqual([others]);
  });
});
