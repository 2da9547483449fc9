/** Quorum and tolerance over many shards, by the hints of their marks and looks at what is there. */
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../functions/timer/evaluate.ts';
import type { Expiring } from '../../functions/timer/expire.ts';
import { quorum, tolerate } from '../../shared/core/completion.ts';
import { evaluationPause } from '../../shared/core/evaluation.ts';
import { written } from '../../shared/core/membership.ts';
import { type EvaluateTimer, parseTimer } from '../../shared/core/timer.ts';
import { aChunk, aFailure, aSuccess } from '../support/builders.ts';
import { capturedTimers } from '../support/fakes.ts';
import { aWorkshop, closersTake, registered } from '../support/workshop.ts';

const TIMER: EvaluateTimer = {
  purpose: 'evaluate',
  requestId: 'request',
  deadlineAt: 21_000,
  hops: 0,
  holder: 'first',
  sights: [],
};
const killed = () => Promise.reject(new Error('killed'));

/** Three shards of four tasks, all published. */
async function aRequest(changes: Parameters<typeof registered>[1] = {}) {
  const workshop = aWorkshop();
  const { store, clock, ids } = workshop;
  const timers = capturedTimers();
  const reads: number[] = [];
  const counted: typeof store = {
    ...store,
    async readChunks(address, token) {
      reads.push(address.place as number);
      return store.readChunks(address, token);
    },
  };
  await registered(store, { expected: 12, shardSize: 4, scattered: new Set([0, 1, 2]), policy: quorum(3), ...changes });
  const at = (shard: number) => ({ requestId: 'request', place: shard });
  const keep = (shard: number, ...results: Parameters<typeof aChunk>[1][]) =>
    store.putChunk(at(shard), 'token', written(aChunk(ids.chunkId(), ...results)), 90_000);
  const mark = async (shard: number, ...results: Parameters<typeof aChunk>[1][]) => {
    await keep(shard, ...results);
    const failed = results.filter((result) => 'error' in result).length;
    await store.mark(at(shard), 'token', { arrived: results.length, failed });
  };
  const run = (timer = TIMER, through: Partial<Expiring> = {}) =>
    evaluate({ ...workshop, store: counted, timers, ...through }, timer);
  /** The next evaluation, by the message that was sent last, as it travels. */
  const again = () => run(parseTimer(JSON.parse(JSON.stringify(timers.scheduled.at(-1)))) as EvaluateTimer);
  const readHead = () => store.readHead('request', clock.now());
  return { ...workshop, timers, reads, at, keep, mark, run, again, readHead };
}

describe('an evaluation', () => {
  test('closes a request whose quorum is in, though none of its shards is full', async () => {
    const { mark, run, readHead, shards, workshop, store } = await withWorkshop();
    await mark(0, aSuccess(0));
    await mark(1, aSuccess(4), aFailure(5));
    await mark(2, aSuccess(8));
    expect(await run()).toBe('chained');
    expect(await readHead()).toMatchObject({ state: 'closing', reason: 'quorum-reached' });
    await closersTake(workshop, shards);
    expect(await store.readAnswer('request', 1)).toMatchObject({
      ...{ status: 'complete', completionReason: 'quorum-reached' },
      tasks: { expected: 12, succeeded: 3, failed: 1, missing: 8 },
    });
  });

  test('closes a request with more failures than it tolerates', async () => {
    const { mark, run, readHead } = await aRequest({ policy: tolerate(1) });
    await mark(0, aFailure(0));
    expect(await run()).toBe('chained');
    expect(await readHead()).toMatchObject({ state: 'open' });
    await mark(2, aFailure(8));
    await run();
    expect(await readHead()).toMatchObject({ state: 'closing', reason: 'too-many-failures' });
  });

  test('reads no results while the hints say that there are too few', async () => {
    const { mark, run, reads } = await aRequest();
    await mark(0, aSuccess(0), aSuccess(1));
    await run();
    expect(reads).toEqual([]);
  });

  test('is not fooled by duplicates, and looks again only where something came in', async () => {
    const { mark, run, again, reads, readHead } = await aRequest();
    for (const _ of [1, 2, 3]) await mark(0, aSuccess(0));
    await mark(1, aSuccess(4));
    await run();
    expect(reads.splice(0)).toEqual([0, 1]);
    await again();
    expect(reads.splice(0)).toEqual([]);
    await mark(1, aSuccess(5));
    await again();
    expect(reads.splice(0)).toEqual([1]);
    expect(await readHead()).toMatchObject({ state: 'closing', reason: 'quorum-reached' });
  });

  test('counts a folded shard by its head, whatever its hints were', async () => {
    const { mark, run, reads, store, readHead } = await aRequest();
    for (const _ of [1, 2, 3]) await mark(0, aSuccess(0));
    await store.tellFolded('request', 0, { arrived: 1, failed: 0 });
    await run();
    expect(reads).toEqual([]);
    await mark(1, aSuccess(4), aSuccess(5));
    await run();
    expect(await readHead()).toMatchObject({ state: 'closing', reason: 'quorum-reached' });
  });

  test('does not count what may have come after the seal of a shard', async () => {
    const { mark, keep, run, readHead, store, at } = await aRequest();
    await mark(0, aSuccess(0), aSuccess(1), aFailure(2), aFailure(3));
    await store.sealShard(at(0), 1_000);
    await keep(0, aSuccess(2));
    await run();
    expect(await readHead()).toMatchObject({ state: 'open' });
  });

  test('carries on a close that was left', async () => {
    const { mark, run, readHead, shards, clock } = await aRequest({ policy: quorum(1) });
    await mark(0, aSuccess(0));
    await expect(run(TIMER, { shards: { send: killed } })).rejects.toThrow('killed');
    expect(await readHead()).toMatchObject({ state: 'closing' });
    clock.passTo(clock.now() + 5_000);
    expect(await run()).toBe('chained');
    expect(shards.waiting.map(({ shard }) => shard)).toEqual([0, 1, 2]);
  });

  test('leaves the rest to the next one when it has looked for long', async () => {
    const { mark, run, again, reads, readHead, clock, store } = await aRequest({ deadlineAt: 99_000 });
    for (const shard of [0, 1, 2]) await mark(shard, aSuccess(4 * shard));
    const slow = async (...[address, token]: Parameters<typeof store.readChunks>) => {
      clock.passTo(clock.now() + 3_000);
      reads.push(address.place as number);
      return store.readChunks(address, token);
    };
    await run(TIMER, { store: { ...store, readChunks: slow } });
    expect(reads.splice(0)).toEqual([0, 1]);
    expect(await readHead()).toMatchObject({ state: 'open' });
    await again();
    expect(reads).toEqual([2]);
    expect(await readHead()).toMatchObject({ state: 'closing', reason: 'quorum-reached' });
  });

  test('looks for a head that is not written yet a second later, then more and more seldom, for a minute', async () => {
    const { run, timers } = await aRequest();
    const runOther = (hops: number) => run({ ...TIMER, requestId: 'other', hops });
    for (const hops of [0, 1, 2, 3, 4, 5]) expect(await runOther(hops)).toBe('chained');
    expect(timers.scheduled.map(({ hops, delaySeconds }) => [hops, delaySeconds])).toEqual([
      ...[
        [1, 1],
        [2, 2],
        [3, 4],
      ],
      ...[
        [4, 8],
        [5, 16],
        [6, 32],
      ],
    ]);
    expect(await runOther(6)).toBe('no-such-request');
  });

  test('that comes before the head closes the request once that is there', async () => {
    const { run, again, readHead, mark, store } = await aRequest({ policy: quorum(1) });
    await mark(0, aSuccess(0));
    const readNothing = async () => undefined;
    expect(await run(TIMER, { store: { ...store, readHead: readNothing } })).toBe('chained');
    expect(await again()).toBe('chained');
    expect(await readHead()).toMatchObject({ state: 'closing', reason: 'quorum-reached' });
  });

  test('that was doubled goes on once: of all that were sent for a turn, one is taken', async () => {
    const { run, timers } = await aRequest();
    for (const _ of [1, 2]) expect(await run()).toBe('chained');
    const [one, other] = timers.scheduled.splice(0) as unknown as readonly [EvaluateTimer, EvaluateTimer];
    for (const next of [one, other, one]) await run(next);
    expect(timers.scheduled.map(({ hops }) => hops)).toEqual([2, 2]);
    for (const next of timers.scheduled.splice(0)) await run(next as EvaluateTimer);
    expect(timers.scheduled.map(({ hops }) => hops)).toEqual([3]);
  });

  test('leaves a closed request, and one whose deadline has passed, alone', async () => {
    const closed = await aRequest({ state: 'closed', version: 1 });
    expect(await closed.run()).toBe('settled');
    const { run, clock, timers, mark } = await aRequest({ policy: quorum(1) });
    await mark(0, aSuccess(0));
    clock.passTo(21_000);
    expect(await run()).toBe('settled');
    expect([closed.timers.scheduled, timers.scheduled]).toEqual([[], []]);
  });

  async function withWorkshop() {
    const made = await aRequest();
    return { ...made, workshop: made };
  }
});

test.each([
  [0, 1_000],
  [60_000, 1_000],
  [600_000, 10_000],
  [3_600_000, 60_000],
  [7 * 24 * 3_600_000, 60_000],
])('a request of %i ms is evaluated again after %i ms', (ageMs, pauseMs) => {
  expect(evaluationPause(ageMs)).toBe(pauseMs);
});

test.each([
  [{ holder: undefined }, 'holder'],
  [{ sights: undefined }, 'sights'],
  [{ sights: {} }, 'sights'],
  [{ sights: [7] }, 'sight'],
  [{ sights: [{ shard: 0, seenArrived: 1, seenFailed: 0, succeeded: 1 }] }, 'failed'],
  [{ sights: [{ shard: -1, seenArrived: 1, seenFailed: 0, succeeded: 1, failed: 0 }] }, 'shard'],
])('a message with %j is refused', (changes, member) => {
  expect(() => parseTimer({ ...TIMER, ...changes })).toThrow(member);
});
