/** Keeping chunks and folds. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../shared/core/limits.ts';
import { written } from '../../shared/core/membership.ts';
import { aFold, anAnswer, aSuccess } from '../support/builders.ts';
import { NOW, type StoreInUse, TOKEN, TTL } from './store-in-use.ts';

export function keepingContract(use: () => Promise<StoreInUse>): void {
  describe('chunks', () => {
    test('chunks come back from the place they were put at, and from no other', async () => {
      const { store, atHead, atShard } = await use();
      const chunks = [1, 2, 3].map((name) => ({ chunkId: `c${name}`, results: [aSuccess(name)] }));
      const [one, two, three] = chunks as [(typeof chunks)[0], (typeof chunks)[0], (typeof chunks)[0]];
      await store.putChunk(atShard(0), TOKEN, written(one), TTL);
      await store.putChunk(atShard(0), TOKEN, written(two), TTL);
      await store.putChunk(atShard(1), TOKEN, written(three), TTL);
      expect((await store.readChunks(atShard(0), TOKEN)).toSorted((a, b) => (a.chunkId < b.chunkId ? -1 : 1))).toEqual([
        one,
        two,
      ]);
      expect(await store.readChunks(atShard(1), TOKEN)).toEqual([three]);
      expect(await store.readChunks(atHead, TOKEN)).toEqual([]);
    });

    test('a chunk that came with another token is never met', async () => {
      const { store, atHead } = await use();
      await store.putChunk(atHead, 'forged', written({ chunkId: 'c', results: [aSuccess(0)] }), TTL);
      expect(await store.readChunks(atHead, TOKEN)).toEqual([]);
      expect(await store.readChunks(atHead, 'forge')).toEqual([]);
    });

    test('results come back as they went in, large ones and failures too', async () => {
      const { store, atHead } = await use();
      const error = { cause: 'leaf-error', message: 'no 🚂', retryable: false };
      const results = [
        { ...aSuccess(0), value: { text: randomBytes(60_000).toString('hex'), nothing: null } },
        { taskIndex: 1, attempt: 2, label: 'two', error },
      ];
      await store.putChunk(atHead, TOKEN, written({ chunkId: 'large', results }), TTL);
      expect(await store.readChunks(atHead, TOKEN)).toEqual([{ chunkId: 'large', results }]);
    });

    test('more chunks than one page holds all come back', async () => {
      const { store, atHead } = await use();
      const value = randomBytes(100_000).toString('hex');
      const chunkIds = Array.from({ length: 12 }, (_, index) => `c${String(index).padStart(2, '0')}`);
      for (const chunkId of chunkIds)
        await store.putChunk(atHead, TOKEN, written({ chunkId, results: [{ ...aSuccess(0), value }] }), TTL);
      const read = await store.readChunks(atHead, TOKEN);
      expect(read.map(({ chunkId }) => chunkId).toSorted()).toEqual(chunkIds);
    });

    test('chunks are kept whether their place is sealed or not', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(0)]);
      await store.sealShard(atShard(0), NOW);
      await store.putChunk(atShard(0), TOKEN, written({ chunkId: 'late', results: [aSuccess(0)] }), TTL);
      expect(await store.readChunks(atShard(0), TOKEN)).toHaveLength(1);
    });
  });

  describe('an item with all that is kept beside', () => {
    test('an answer comes back as it went in, whatever room its failures and chunks leave it', async () => {
      const { store, requestId } = await use();
      const failed = Array.from({ length: 100 }, (_, taskIndex) => {
        return { taskIndex, cause: 'leaf-error', message: randomBytes(250).toString('hex') };
      });
      const membership = {
        ...{ succeeded: new Uint8Array(313), failed: new Uint8Array(313) },
        chunks: Array.from({ length: 2_500 }, () => randomBytes(9).toString('base64url')),
      };
      const sizes = [60_000, 160_000, 240_000, 280_000, 600_000];
      const answers = sizes.map((bytes, version) =>
        anAnswer({ failed, membership, version, aggregate: randomBytes(bytes).toString('base64') }),
      );
      await Promise.all(answers.map((answer) => store.putAnswer(requestId, answer, TTL)));
      for (const answer of answers) expect(await store.readAnswer(requestId, answer.version)).toEqual(answer);
    });
  });

  describe('folds', () => {
    test('the first fold of a shard is the one in force', async () => {
      const { store, atShard } = await use();
      const [first, second] = [aFold({ from: 3, size: 3 }, [3, 4], [1, 2]), aFold({ from: 3, size: 3 }, [3, 5], [9])];
      expect(await store.readFold(atShard(1), first.range)).toBeUndefined();
      expect(await store.putFold(atShard(1), first, TTL)).toEqual(first);
      expect(await store.putFold(atShard(1), second, TTL)).toEqual(first);
      expect(await store.readFold(atShard(1), first.range)).toEqual(first);
      expect(await store.readFold(atShard(0), first.range)).toBeUndefined();
    });

    test('the first moment of a seal is kept, and nothing is sealed that is not there', async () => {
      const { store, atShard, shard } = await use();
      await store.registerShards([shard(0)]);
      await store.sealShard(atShard(0), NOW);
      await store.sealShard(atShard(0), NOW + 1);
      expect(await store.readTally(atShard(0))).toMatchObject({ sealedAt: NOW });
      await store.sealShard(atShard(1), NOW);
      expect(await store.readTally(atShard(1))).toBeUndefined();
    });

    test('an accumulator comes back as it went in, larger than an item too', async () => {
      const { store, atShard } = await use();
      const fold = aFold({ from: 0, size: 1 }, [0], randomBytes(600_000).toString('hex'));
      expect(await store.putFold(atShard(0), fold, TTL)).toEqual(fold);
      expect(await store.readFold(atShard(0), fold.range)).toEqual(fold);
    });

    test('an accumulator that JSON cannot hold is refused', async () => {
      const { store, atShard } = await use();
      const fold = aFold({ from: 0, size: 1 }, [0], { sum: 10n });
      await expect(store.putFold(atShard(0), fold, TTL)).rejects.toMatchObject({ code: 'item-not-json' });
      expect(await store.readFold(atShard(0), fold.range)).toBeUndefined();
    });

    test('an accumulator that cannot be kept is refused for its size', async () => {
      const { store, atShard } = await use();
      const fold = aFold({ from: 0, size: 1 }, [0], randomBytes(LIMITS.claimBytes / 2).toString('hex'));
      await expect(store.putFold(atShard(0), fold, TTL)).rejects.toMatchObject({ code: 'item-too-large' });
      expect(await store.readFold(atShard(0), fold.range)).toBeUndefined();
    });
  });
}
