/** A close of a larger request that was left: who finds it asks for what is missing, but not everybody at once. */
import { expect, test } from 'vitest';
import { askAgain, askForFolds } from '../../shared/gathering/carry-on.ts';
import { carryOn, closeRequest } from '../../shared/gathering/close.ts';
import { aWorkshop, closersTake, registered } from '../support/workshop.ts';

/** A request, of three shards if nothing else is said, that somebody began to close at 1,000 ms, and left. */
async function left(changes: Parameters<typeof registered>[1] = {}) {
  const workshop = aWorkshop();
  const { store, clock } = workshop;
  await registered(store, { expected: 6, shardSize: 2, deadlineAt: 90_000, ...changes });
  await store.beginClosing({ requestId: 'request', reason: 'cancelled', at: 1_000, unscattered: true });
  const head = async () => {
    const read = await store.readHead('request', clock.now());
    if (!read) throw new Error('it is there');
    return read;
  };
  return { ...workshop, head };
}

test('every shard that is not folded is asked for, and no other', async () => {
  const { head, shards, store, ...gathering } = await left();
  await store.tellFolded('request', 1, { arrived: 0, failed: 0 });
  await askForFolds({ ...gathering, store, shards }, await head());
  const seen = { arrived: 0, failed: 0 };
  expect(shards.waiting).toEqual([0, 2].map((shard) => ({ requestId: 'request', shard, seen })));
});

/** When folds are asked for again, in ms since the close began, by somebody who looks every `everyMs` from `from` on. */
async function askedAgain(
  everyMs: number,
  { from = 0, ...changes }: { from?: number } & Parameters<typeof left>[0] = {},
) {
  const { head, shards, clock, ...gathering } = await left(changes);
  const asked: number[] = [];
  for (let since = from; since < from + 20_000; since += everyMs) {
    clock.passTo(1_000 + since);
    await askAgain({ ...gathering, shards, clock }, await head());
    if (shards.take().length > 0) asked.push(since);
  }
  return asked;
}

test('nobody asks again at once after the close, or after whoever asked last, and later more seldom', async () => {
  expect(await askedAgain(50)).toEqual([750, 1_500, 3_000, 6_000, 12_000]);
});

test('of a close at the deadline each look that the warden takes every second asks, though as many shards are left as are folded at a time', async () => {
  const asked = await askedAgain(1_000, { expected: 40, shardSize: 2, deadlineAt: 1_000 });
  expect(asked).toEqual([1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 8_000, 12_000]);
});

test('more shards than are folded at a time are given the time to wait for each other', async () => {
  expect((await askedAgain(50, { expected: 240, shardSize: 2 })).slice(0, 2)).toEqual([4_000, 12_000]);
});

test('a close that was left long before its deadline is taken on at the deadline, and every second from then on', async () => {
  const asked = await askedAgain(1_000, { from: 55_000, deadlineAt: 61_000 });
  expect(asked.slice(0, 6)).toEqual([55_000, 60_000, 61_000, 62_000, 63_000, 64_000]);
});

test('of several who find it at the same time, one asks', async () => {
  const { head, shards, clock, store, ...gathering } = await left();
  const found = await head();
  clock.passTo(5_000);
  await askAgain({ ...gathering, shards, clock, store }, found);
  expect(shards.take()).toHaveLength(3);
  clock.passTo(5_001);
  await askAgain({ ...gathering, shards, clock, store }, found);
  expect(shards.take()).toEqual([]);
});

test('a close whose shards are all folded is finished by who finds it, at once', async () => {
  const { head, shards, store, clock, ...gathering } = await left();
  await askForFolds({ ...gathering, shards, store, clock }, await head());
  const dies = { ...store, putAnswer: () => Promise.reject(new Error('killed')) };
  await expect(closersTake({ ...gathering, shards, clock, store: dies }, shards)).rejects.toThrow('killed');
  expect(await carryOn({ ...gathering, shards, store, clock }, await head())).toMatchObject({ state: 'closed' });
});

test('what is open or closed is left as it is', async () => {
  const { store, shards, ...gathering } = aWorkshop();
  const open = await registered(store, { expected: 6, shardSize: 2 });
  expect(await carryOn({ ...gathering, store, shards }, open)).toBe(open);
  const closed = { ...open, state: 'closed' as const };
  expect(await carryOn({ ...gathering, store, shards }, closed)).toBe(closed);
  expect(shards.waiting).toEqual([]);
});

test('who begins a close asks for all shards; who comes later in vain does not', async () => {
  const { store, shards, clock, ...gathering } = aWorkshop();
  await registered(store, { expected: 6, shardSize: 2 });
  expect(await closeRequest({ ...gathering, store, shards, clock }, 'request', 'cancelled')).toMatchObject({
    ...{ state: 'closing', reason: 'cancelled' },
  });
  expect(shards.take()).toHaveLength(3);
  clock.passTo(1_500);
  expect(await closeRequest({ ...gathering, store, shards, clock }, 'request', 'deadline-passed')).toMatchObject({
    ...{ state: 'closing', reason: 'cancelled' },
  });
  expect(shards.take()).toEqual([]);
});

test('who begins a close, and hears nothing of it the first time, asks all the same', async () => {
  const { store, shards, ...gathering } = aWorkshop();
  await registered(store, { expected: 6, shardSize: 2 });
  const repeats: typeof store = {
    ...store,
    async beginClosing(closing) {
      await store.beginClosing(closing);
      return store.beginClosing(closing);
    },
  };
  await closeRequest({ ...gathering, store: repeats, shards }, 'request', 'cancelled');
  expect(shards.waiting).toHaveLength(3);
});
