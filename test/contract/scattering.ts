/** What larger requests add: shards registered together, taken, told of, released, and folded in parts. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { anAnswer } from '../support/builders.ts';
import { NOW, type StoreInUse, TOKEN, TTL } from './store-in-use.ts';

const LEASE = 60_000;

export function scatteringContract(use: () => Promise<StoreInUse>): void {
  describe('shards', () => {
    test('many are registered together', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards(Array.from({ length: 60 }, (_, place) => shard(place)));
      const tallies = await Promise.all([0, 31, 59].map((place) => store.readTally(atShard(place))));
      for (const tally of tallies) expect(tally).toMatchObject({ arrived: 0, failed: 0, lookAt: 3, failLookAt: 9 });
      expect(await store.readTally(atShard(60))).toBeUndefined();
    });

    test('a repeat adds those that are missing, and leaves the others alone', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(1)]);
      await store.mark(atShard(1), TOKEN, { arrived: 2, failed: 0 });
      await store.registerShards([shard(0), shard(1), shard(2)]);
      const arrived = await Promise.all(
        [0, 1, 2].map(async (place) => (await store.readTally(atShard(place)))?.arrived),
      );
      expect(arrived).toEqual([0, 2, 0]);
    });

    test('none is nothing to do', async () => {
      const { store } = await use();
      await expect(store.registerShards([])).resolves.toBeUndefined();
    });
  });

  describe('a lease', () => {
    const lease = (holder: string, now: number) => ({ holder, now, until: now + LEASE });

    test("keeps others from a shard's tasks until it is over", async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(0)]);
      expect(await store.leaseRange(atShard(0), lease('a', NOW))).toBe('leased');
      expect(await store.leaseRange(atShard(0), lease('b', NOW))).toBe('refused');
      expect(await store.leaseRange(atShard(0), lease('b', NOW + LEASE))).toBe('refused');
      expect(await store.leaseRange(atShard(0), lease('b', NOW + LEASE + 1))).toBe('leased');
      expect(await store.leaseRange(atShard(0), lease('c', NOW + LEASE + 2))).toBe('refused');
    });

    test('is kept by its holder, whose first answer may have been lost, and by no other', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(0)]);
      for (const _ of [1, 2]) expect(await store.leaseRange(atShard(0), lease('a', NOW))).toBe('leased');
      expect(await store.leaseRange(atShard(0), lease('b', NOW + LEASE + 1))).toBe('leased');
      expect(await store.leaseRange(atShard(0), lease('a', NOW + LEASE + 2))).toBe('refused');
    });

    test('is of one shard alone, and of none that is not there', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(0), shard(1)]);
      expect(await store.leaseRange(atShard(0), lease('a', NOW))).toBe('leased');
      expect(await store.leaseRange(atShard(1), lease('b', NOW))).toBe('leased');
      expect(await store.leaseRange(atShard(2), lease('c', NOW))).toBe('refused');
      expect(await store.readTally(atShard(2))).toBeUndefined();
    });

    test('goes to one of many that race', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(0)]);
      const racing = ['a', 'b', 'c', 'd', 'e'].map((holder) => store.leaseRange(atShard(0), lease(holder, NOW)));
      const outcomes = await Promise.all(racing);
      expect(outcomes.filter((outcome) => outcome === 'leased')).toHaveLength(1);
    });

    test('does not keep marks away', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(0)]);
      await store.leaseRange(atShard(0), lease('a', NOW));
      expect(await store.mark(atShard(0), TOKEN, { arrived: 1, failed: 0 })).toMatchObject({ tally: { arrived: 1 } });
    });
  });

  describe('telling that a shard is published', () => {
    test('is done once for each shard', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head({ expected: 9, scatteredAt: undefined }));
      expect(await store.tellScattered(requestId, 2)).toMatchObject({ scattered: new Set([2]), state: 'open' });
      expect(await store.tellScattered(requestId, 0)).toMatchObject({ scattered: new Set([0, 2]) });
      expect(await store.tellScattered(requestId, 2)).toBe('refused');
      const told = await store.readHead(requestId, NOW);
      expect(told?.scattered).toEqual(new Set([0, 2]));
      expect(told?.scatteredAt).toBeUndefined();
    });

    test('at the same moment loses none, and each is told by one alone', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head({ expected: 30 }));
      const shards = Array.from({ length: 10 }, (_, shard) => shard);
      const told = await Promise.all([...shards, ...shards].map((shard) => store.tellScattered(requestId, shard)));
      expect(told.filter((outcome) => outcome === 'refused')).toHaveLength(10);
      expect((await store.readHead(requestId, NOW))?.scattered).toEqual(new Set(shards));
      const sizes = told.flatMap((outcome) => (outcome === 'refused' ? [] : [outcome.scattered?.size]));
      expect(sizes.toSorted((a = 0, b = 0) => a - b)).toEqual(shards.map((shard) => shard + 1));
    });

    test('is refused where there is no request, and registers none', async () => {
      const { store } = await use();
      const requestId = randomUUID();
      expect(await store.tellScattered(requestId, 0)).toBe('refused');
      expect(await store.readHead(requestId, NOW)).toBeUndefined();
    });
  });

  describe('a request that is no longer open', () => {
    test('is told of no more shards, and is not scattered any more: its answer may say already what was not sent', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head({ expected: 9, scatteredAt: undefined }));
      await store.tellScattered(requestId, 0);
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      expect(await store.tellScattered(requestId, 1)).toBe('refused');
      expect(await store.markScattered(requestId, NOW)).toBeUndefined();
      const closing = await store.readHead(requestId, NOW);
      expect([closing?.scattered, closing?.scatteredAt]).toEqual([new Set([0]), undefined]);
    });
  });

  describe('noting which tasks wait for requests of their own', () => {
    test('adds up, with the token, while the request is open', async () => {
      const { store, requestId, head } = await use();
      await store.noteDivided(requestId, TOKEN, [1]);
      expect(await store.readHead(requestId, NOW)).toBeUndefined();
      await store.registerHead(head());
      await store.noteDivided(requestId, 'another', [7]);
      await store.noteDivided(requestId, TOKEN, [1, 2]);
      await store.noteDivided(requestId, TOKEN, [2, 0]);
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      await store.noteDivided(requestId, TOKEN, [3]);
      expect((await store.readHead(requestId, NOW))?.divided).toEqual(new Set([0, 1, 2]));
    });
  });

  describe('requests that tasks asked for', () => {
    test('are read by task and id, so many at a time, each once', async () => {
      const { store, requestId } = await use();
      const [first, second] = [randomUUID(), randomUUID()].sort() as [string, string];
      const names = [
        { taskIndex: 2, requestId: first },
        { taskIndex: 2, requestId: second },
        { taskIndex: 10, requestId: first },
        { taskIndex: 999_999, requestId: second },
      ];
      for (const name of [...names, ...names].reverse()) await store.putNested(requestId, name, TTL);
      await store.putInput(requestId, 'an input', TTL);
      expect(await store.readNested(requestId, undefined, 9)).toEqual(names);
      expect(await store.readNested(requestId, undefined, 4)).toEqual(names);
      expect(await store.readNested(requestId, undefined, 1)).toEqual(names.slice(0, 1));
      expect(await store.readNested(requestId, names[0], 2)).toEqual(names.slice(1, 3));
      expect(await store.readNested(requestId, names[3], 2)).toEqual([]);
      expect(await store.readNested(requestId, { taskIndex: 2, requestId: '' }, 9)).toEqual(names);
      expect(await store.readNested(requestId, { taskIndex: 3, requestId: '' }, 9)).toEqual(names.slice(2));
      expect(await store.readNested(randomUUID(), undefined, 2)).toEqual([]);
      expect(await store.readHead(requestId, NOW)).toBeUndefined();
    });

    test('are noted in the head while it is open, and the note outlives the close until it is taken away', async () => {
      const { store, requestId, head } = await use();
      expect(await store.markNests(requestId)).toBe('refused');
      expect(await store.readHead(requestId, NOW)).toBeUndefined();
      await store.registerHead(head());
      for (let time = 0; time < 2; time++) expect(await store.markNests(requestId)).toBe('marked');
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      expect(await store.markNests(requestId)).toBe('refused');
      await store.publishClosed(requestId, anAnswer({}));
      expect(await store.markNests(requestId)).toBe('refused');
      expect(await store.readHead(requestId, NOW)).toMatchObject({ state: 'closed', nests: true });
      await store.clearNotice(requestId, 'nested');
      expect(await store.readHead(requestId, NOW)).not.toHaveProperty('nests');
    });
  });

  describe('noting that the next range was sent', () => {
    test('keeps the first moment, and nothing is noted at what is not there', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(0)]);
      expect((await store.readTally(atShard(0)))?.releasedAt).toBeUndefined();
      await store.markReleased(atShard(0), NOW);
      await store.markReleased(atShard(0), NOW + 1);
      expect(await store.readTally(atShard(0))).toMatchObject({ releasedAt: NOW });
      await store.markReleased(atShard(1), NOW);
      expect(await store.readTally(atShard(1))).toBeUndefined();
    });

    test('is seen by the next mark', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(0)]);
      await store.markReleased(atShard(0), NOW);
      expect(await store.mark(atShard(0), TOKEN, { arrived: 1, failed: 0 })).toMatchObject({
        tally: { arrived: 1, releasedAt: NOW },
      });
    });
  });

  describe('telling that a shard is folded', () => {
    test("adds its tasks to the head's counts, once", async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head({ expected: 9 }));
      const one = { arrived: 3, failed: 1 };
      expect(await store.tellFolded(requestId, 1, one)).toMatchObject({ ...one, folded: new Set([1]) });
      expect(await store.tellFolded(requestId, 1, one)).toBe('refused');
      expect(await store.tellFolded(requestId, 0, { arrived: 2, failed: 0 })).toMatchObject({
        ...{ arrived: 5, failed: 1, folded: new Set([0, 1]) },
      });
      expect(await store.readHead(requestId, NOW)).toMatchObject({ arrived: 5, failed: 1, folded: new Set([0, 1]) });
    });

    test('counts a shard of which nothing is in', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head({ expected: 9 }));
      const nothing = { arrived: 0, failed: 0 };
      expect(await store.tellFolded(requestId, 2, nothing)).toMatchObject({ ...nothing, folded: new Set([2]) });
      expect(await store.tellFolded(requestId, 2, nothing)).toBe('refused');
    });

    test('goes on while the request is closing, and ends when it is closed', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head({ expected: 9 }));
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      expect(await store.tellFolded(requestId, 0, { arrived: 3, failed: 0 })).toMatchObject({
        ...{ state: 'closing', arrived: 3, folded: new Set([0]) },
      });
      await store.publishClosed(requestId, anAnswer({}));
      expect(await store.tellFolded(requestId, 1, { arrived: 3, failed: 0 })).toBe('refused');
      expect(await store.readHead(requestId, NOW)).toMatchObject({ arrived: 3, folded: new Set([0]) });
    });

    test('at the same moment is counted once', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head({ expected: 9 }));
      const shards = [0, 1, 2, 0, 1, 2];
      await Promise.all(shards.map((shard) => store.tellFolded(requestId, shard, { arrived: 3, failed: 1 })));
      expect(await store.readHead(requestId, NOW)).toMatchObject({ arrived: 9, failed: 3, folded: new Set([0, 1, 2]) });
    });

    test('is refused where there is no request, and registers none', async () => {
      const { store } = await use();
      const requestId = randomUUID();
      expect(await store.tellFolded(requestId, 0, { arrived: 1, failed: 0 })).toBe('refused');
      expect(await store.readHead(requestId, NOW)).toBeUndefined();
    });
  });

  describe('taking a turn', () => {
    test('is for one holder, who may take it again until somebody has taken a later one', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head());
      for (const _ of [1, 2]) expect(await store.takeTurn(requestId, 0, 'one')).toBe('taken');
      expect(await store.takeTurn(requestId, 0, 'other')).toBe('refused');
      expect(await store.takeTurn(requestId, 2, 'other')).toBe('taken');
      expect(await store.takeTurn(requestId, 1, 'one')).toBe('refused');
      expect(await store.takeTurn(requestId, 0, 'one')).toBe('refused');
      expect(await store.readHead(requestId, NOW)).toMatchObject({ evaluationTurn: 2, evaluator: 'other', arrived: 0 });
    });

    test('is refused where there is no request, and registers none', async () => {
      const { store } = await use();
      const requestId = randomUUID();
      expect(await store.takeTurn(requestId, 0, 'one')).toBe('refused');
      expect(await store.readHead(requestId, NOW)).toBeUndefined();
    });
  });

  describe('taking a close on', () => {
    test('is for one at a time, each from what the one before left', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head());
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      expect(await store.takeCarry(requestId, undefined, NOW + 1)).toBe('taken');
      expect(await store.takeCarry(requestId, undefined, NOW + 2)).toBe('refused');
      expect(await store.takeCarry(requestId, NOW, NOW + 2)).toBe('refused');
      expect(await store.takeCarry(requestId, NOW + 1, NOW + 2)).toBe('taken');
      expect(await store.readHead(requestId, NOW)).toMatchObject({ carriedAt: NOW + 2 });
    });

    test('in the same moment is a repeat, whose first answer may have been lost', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head());
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      for (const _ of [1, 2]) expect(await store.takeCarry(requestId, undefined, NOW + 1)).toBe('taken');
      for (const _ of [1, 2]) expect(await store.takeCarry(requestId, NOW + 1, NOW + 2)).toBe('taken');
    });

    test('is refused unless the request is closing', async () => {
      const { store, requestId, head } = await use();
      expect(await store.takeCarry(requestId, undefined, NOW)).toBe('refused');
      expect(await store.readHead(requestId, NOW)).toBeUndefined();
      await store.registerHead(head());
      expect(await store.takeCarry(requestId, undefined, NOW)).toBe('refused');
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      await store.publishClosed(requestId, anAnswer({}));
      expect(await store.takeCarry(requestId, undefined, NOW)).toBe('refused');
      expect((await store.readHead(requestId, NOW))?.carriedAt).toBeUndefined();
    });
  });

  describe('the note of copies', () => {
    test('is taken once for what was known, and adds up', async () => {
      const { store, requestId, head } = await use();
      expect(await store.markHedged(requestId, [1], 0, NOW)).toBe('refused');
      await store.registerHead(head());
      expect(await store.markHedged(requestId, [1, 2], 0, NOW)).toBe('marked');
      expect(await store.markHedged(requestId, [3], 0, NOW)).toBe('refused');
      expect(await store.markHedged(requestId, [2], 2, NOW + 5)).toBe('marked');
      expect(await store.readHead(requestId, NOW)).toMatchObject({
        ...{ hedged: new Set([1, 2]), copies: 3, hedgedAt: NOW + 5 },
      });
    });

    test('is refused once the request is not open any more', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head());
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      expect(await store.markHedged(requestId, [1], 0, NOW)).toBe('refused');
    });
  });
}
