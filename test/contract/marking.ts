import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../shared/core/membership.ts';
import { aChunk, aSuccess } from '../support/builders.ts';
import { NOW, type StoreInUse, TOKEN, TTL } from './store-in-use.ts';

export function markingContract(use: () => Promise<StoreInUse>): void {
  describe('registration', () => {
    test('an input comes back as it went in', async () => {
      const { store, requestId } = await use();
      const input = { from: 'London 🚂', list: [1, 2, { three: null }], long: 'x'.repeat(20_000) };
      await store.putInput(requestId, input, TTL);
      expect(await store.readInput(requestId)).toEqual(input);
    });

    test('an input that is there stays', async () => {
      const { store, requestId } = await use();
      await store.putInput(requestId, { first: true }, TTL);
      await store.putInput(requestId, { first: false }, TTL);
      expect(await store.readInput(requestId)).toEqual({ first: true });
    });

    test('a head comes back as it went in', async () => {
      const { store, requestId, head } = await use();
      expect(await store.registerHead(head())).toBe('registered');
      expect(await store.readHead(requestId, NOW)).toEqual(head());
      expect(await store.glanceAtHead(requestId, NOW)).toEqual(head());
    });

    test('a head that is there stays', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head());
      expect(await store.registerHead(head({ owner: 'somebody else' }))).toBe('exists');
      expect(await store.readHead(requestId, NOW)).toEqual(head());
    });

    test('there is no head before it is registered, and none after its time to live', async () => {
      const { store, requestId, head } = await use();
      expect(await store.readHead(requestId, NOW)).toBeUndefined();
      await store.registerHead(head({ ttlEpochSeconds: NOW / 1_000 }));
      expect(await store.readHead(requestId, NOW - 1)).toBeDefined();
      expect(await store.readHead(requestId, NOW)).toBeUndefined();
      expect(await store.glanceAtHead(requestId, NOW)).toBeUndefined();
    });

    test('a shard that is there stays, with its marks and its seal', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(0)]);
      await store.mark(atShard(0), TOKEN, { arrived: 2, failed: 1 });
      await store.sealShard(atShard(0), NOW);
      await store.registerShards([shard(0)]);
      expect(await store.readTally(atShard(0))).toMatchObject({ arrived: 2, failed: 1, sealedAt: NOW });
    });

    test('the first moment of being scattered is kept', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head({ scatteredAt: undefined }));
      expect(await store.markScattered(requestId, NOW)).toMatchObject({ scatteredAt: NOW });
      expect(await store.markScattered(requestId, NOW + 1)).toMatchObject({ scatteredAt: NOW, owner: head().owner });
    });

    test('a request that does not exist cannot be scattered', async () => {
      const { store, requestId } = await use();
      expect(await store.markScattered(requestId, NOW)).toBeUndefined();
      expect(await store.readHead(requestId, NOW)).toBeUndefined();
    });
  });

  describe('marks', () => {
    test('a mark on a head returns the head with what was added', async () => {
      const { store, atHead, head } = await use();
      await store.registerHead(head({ arrived: 1 }));
      const marked = await store.mark(atHead, TOKEN, { arrived: 2, failed: 1 });
      expect(marked).toMatchObject({ tally: { arrived: 3, failed: 1 }, head: { ...head(), arrived: 3, failed: 1 } });
    });

    test('a mark on a shard returns its tally, and leaves the head and other shards alone', async () => {
      const { store, atHead, atShard, head, shard } = await use();
      await store.registerHead(head());
      for (const place of [0, 1]) await store.registerShards([shard(place)]);
      const marked = await store.mark(atShard(1), TOKEN, { arrived: 2, failed: 0 });
      expect(marked).toMatchObject({ tally: { arrived: 2, lookAt: 3, failLookAt: 9 } });
      expect(marked).not.toHaveProperty('head');
      expect(await store.readTally(atShard(0))).toMatchObject({ arrived: 0 });
      expect(await store.readTally(atHead)).toMatchObject({ arrived: 0 });
    });

    test('marks of chunks beside a head are numbered, and those of chunks inside are not', async () => {
      const { store, atHead, head } = await use();
      await store.registerHead(head());
      const mark = async (inside?: Chunk) => {
        const marked = await store.mark(atHead, TOKEN, { arrived: 1, failed: 0 }, inside);
        return marked === 'refused' ? marked : marked.head?.beside;
      };
      expect(await mark(aChunk('inside', aSuccess(0)))).toBeUndefined();
      expect(await Promise.all([mark(), mark(), mark()]).then((counts) => counts.toSorted())).toEqual([1, 2, 3]);
      expect(await mark(aChunk('inside too', aSuccess(0)))).toBe(3);
      expect(await store.mark(atHead, 'guess', { arrived: 1, failed: 0 })).toBe('refused');
      expect(await mark()).toBe(4);
    });

    test('a mark is refused where nothing is registered, and registers nothing', async () => {
      const { store, atHead, atShard } = await use();
      expect(await store.mark(atHead, TOKEN, { arrived: 1, failed: 0 })).toBe('refused');
      expect(await store.mark(atShard(0), TOKEN, { arrived: 1, failed: 0 })).toBe('refused');
      expect(await store.readTally(atHead)).toBeUndefined();
      expect(await store.readTally(atShard(0))).toBeUndefined();
    });

    test('a mark with another token is refused and adds nothing', async () => {
      const { store, atHead, head } = await use();
      await store.registerHead(head());
      expect(await store.mark(atHead, 'guess', { arrived: 1, failed: 0 })).toBe('refused');
      expect(await store.readTally(atHead)).toMatchObject({ arrived: 0 });
    });

    test('a mark on a sealed shard is refused and adds nothing', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(0)]);
      await store.sealShard(atShard(0), NOW);
      expect(await store.mark(atShard(0), TOKEN, { arrived: 1, failed: 0 })).toBe('refused');
      expect(await store.readTally(atShard(0))).toMatchObject({ arrived: 0 });
    });

    test('a mark on a request of one shard that is closing is refused', async () => {
      const { store, requestId, atHead, head } = await use();
      await store.registerHead(head());
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      expect(await store.mark(atHead, TOKEN, { arrived: 1, failed: 0 })).toBe('refused');
    });

    test('marks that race are all counted', async () => {
      const { store, atHead, head } = await use();
      await store.registerHead(head());
      const marks = Array.from({ length: 20 }, () => store.mark(atHead, TOKEN, { arrived: 1, failed: 0 }));
      const counts = (await Promise.all(marks)).map((marked) => (marked === 'refused' ? 0 : marked.tally.arrived));
      expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    });
  });

  describe('looks', () => {
    test('thresholds move from where they were, once', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(0)]);
      const [from, to] = [
        { lookAt: 3, failLookAt: 9 },
        { lookAt: 5, failLookAt: 10 },
      ];
      expect(await store.postponeLook(atShard(0), from, to)).toBe('postponed');
      expect(await store.postponeLook(atShard(0), from, { lookAt: 7, failLookAt: 10 })).toBe('refused');
      expect(await store.readTally(atShard(0))).toMatchObject(to);
    });

    test('each of the two thresholds is compared', async () => {
      const { store, atHead, head } = await use();
      await store.registerHead(head({ lookAt: 3, failLookAt: 9 }));
      const to = { lookAt: 5, failLookAt: 10 };
      expect(await store.postponeLook(atHead, { lookAt: 4, failLookAt: 9 }, to)).toBe('refused');
      expect(await store.postponeLook(atHead, { lookAt: 3, failLookAt: 8 }, to)).toBe('refused');
      expect(await store.postponeLook(atHead, { lookAt: 3, failLookAt: 9 }, to)).toBe('postponed');
    });

    test('thresholds of what is sealed, or not there, do not move', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(0)]);
      await store.sealShard(atShard(0), NOW);
      const to = { lookAt: 5, failLookAt: 10 };
      expect(await store.postponeLook(atShard(0), shard(0), to)).toBe('refused');
      expect(await store.postponeLook(atShard(1), shard(1), to)).toBe('refused');
      expect(await store.readTally(atShard(1))).toBeUndefined();
    });
  });
}
