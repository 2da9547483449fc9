/** What every `GatheringStore` does, whoever implements it. A test brings its own request, so none sees another's. */
import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GatheringStore } from '../../shared/core/ports.ts';
import { aFold, aHead, anAnswer, aSuccess } from '../support/builders.ts';

const NOW = 1_700_000_000_000;
const TOKEN = 'token';

/** Runs the suite against the store that `open` makes. */
export function gatheringStoreContract(name: string, open: () => Promise<GatheringStore>): void {
  describe(`gathering store: ${name}`, () => {
    let store: GatheringStore;
    let requestId: string;
    beforeEach(async () => {
      store = await open();
      requestId = randomUUID();
    });
    const head = (changes: Parameters<typeof aHead>[0] = {}) => aHead({ requestId, resultsToken: TOKEN, ...changes });
    const atHead = () => ({ requestId, place: 'head' }) as const;
    const atShard = (place: number) => ({ requestId, place });
    const aShard = (place: number) => ({
      ...{ address: atShard(place), resultsToken: TOKEN, ttlEpochSeconds: 2_000_000_000 },
      ...{ arrived: 0, failed: 0, lookAt: 3, failLookAt: 9 },
    });

    describe('registration', () => {
      test('an input comes back as it went in', async () => {
        const input = { from: 'London 🚂', list: [1, 2, { three: null }], long: 'x'.repeat(20_000) };
        await store.putInput(requestId, input, 2_000_000_000);
        expect(await store.readInput(requestId)).toEqual(input);
      });

      test('an input that is there stays', async () => {
        await store.putInput(requestId, { first: true }, 2_000_000_000);
        await store.putInput(requestId, { first: false }, 2_000_000_000);
        expect(await store.readInput(requestId)).toEqual({ first: true });
      });

      test('a head comes back as it went in', async () => {
        expect(await store.registerHead(head())).toBe('registered');
        expect(await store.readHead(requestId, NOW)).toEqual(head());
      });

      test('a head that is there stays', async () => {
        await store.registerHead(head());
        expect(await store.registerHead(head({ owner: 'somebody else' }))).toBe('exists');
        expect(await store.readHead(requestId, NOW)).toEqual(head());
      });

      test('there is no head before it is registered, and none after its time to live', async () => {
        expect(await store.readHead(requestId, NOW)).toBeUndefined();
        await store.registerHead(head({ ttlEpochSeconds: NOW / 1_000 }));
        expect(await store.readHead(requestId, NOW - 1)).toBeDefined();
        expect(await store.readHead(requestId, NOW)).toBeUndefined();
      });

      test('a shard that is there stays, with its marks and its seal', async () => {
        await store.registerShard(aShard(0));
        await store.mark(atShard(0), TOKEN, { arrived: 2, failed: 1 });
        await store.sealShard(atShard(0), NOW);
        await store.registerShard(aShard(0));
        expect(await store.readTally(atShard(0))).toMatchObject({ arrived: 2, failed: 1, sealedAt: NOW });
      });

      test('the first moment of being scattered is kept', async () => {
        await store.registerHead(head({ scatteredAt: undefined }));
        expect(await store.markScattered(requestId, NOW)).toMatchObject({ scatteredAt: NOW });
        expect(await store.markScattered(requestId, NOW + 1)).toMatchObject({ scatteredAt: NOW, owner: head().owner });
      });

      test('a request that does not exist cannot be scattered', async () => {
        expect(await store.markScattered(requestId, NOW)).toBeUndefined();
        expect(await store.readHead(requestId, NOW)).toBeUndefined();
      });
    });

    describe('marks', () => {
      test('a mark on a head returns the head with what was added', async () => {
        await store.registerHead(head({ arrived: 1 }));
        const marked = await store.mark(atHead(), TOKEN, { arrived: 2, failed: 1 });
        expect(marked).toMatchObject({ tally: { arrived: 3, failed: 1 }, head: { ...head(), arrived: 3, failed: 1 } });
      });

      test('a mark on a shard returns its tally, and leaves the head and other shards alone', async () => {
        await store.registerHead(head());
        for (const place of [0, 1]) await store.registerShard(aShard(place));
        const marked = await store.mark(atShard(1), TOKEN, { arrived: 2, failed: 0 });
        expect(marked).toMatchObject({ tally: { arrived: 2, lookAt: 3, failLookAt: 9 } });
        expect(marked).not.toHaveProperty('head');
        expect(await store.readTally(atShard(0))).toMatchObject({ arrived: 0 });
        expect(await store.readTally(atHead())).toMatchObject({ arrived: 0 });
      });

      test('a mark is refused where nothing is registered, and registers nothing', async () => {
        expect(await store.mark(atHead(), TOKEN, { arrived: 1, failed: 0 })).toBe('refused');
        expect(await store.mark(atShard(0), TOKEN, { arrived: 1, failed: 0 })).toBe('refused');
        expect(await store.readTally(atHead())).toBeUndefined();
        expect(await store.readTally(atShard(0))).toBeUndefined();
      });

      test('a mark with another token is refused and adds nothing', async () => {
        await store.registerHead(head());
        expect(await store.mark(atHead(), 'guess', { arrived: 1, failed: 0 })).toBe('refused');
        expect(await store.readTally(atHead())).toMatchObject({ arrived: 0 });
      });

      test('a mark on a sealed shard is refused and adds nothing', async () => {
        await store.registerShard(aShard(0));
        await store.sealShard(atShard(0), NOW);
        expect(await store.mark(atShard(0), TOKEN, { arrived: 1, failed: 0 })).toBe('refused');
        expect(await store.readTally(atShard(0))).toMatchObject({ arrived: 0 });
      });

      test('a mark on a request of one shard that is closing is refused', async () => {
        await store.registerHead(head());
        await store.beginClosing({ requestId, reason: 'cancelled', at: NOW });
        expect(await store.mark(atHead(), TOKEN, { arrived: 1, failed: 0 })).toBe('refused');
      });

      test('marks that race are all counted', async () => {
        await store.registerHead(head());
        const marks = Array.from({ length: 20 }, () => store.mark(atHead(), TOKEN, { arrived: 1, failed: 0 }));
        const counts = (await Promise.all(marks)).map((marked) => (marked === 'refused' ? 0 : marked.tally.arrived));
        expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      });
    });

    describe('looks', () => {
      test('thresholds move from where they were, once', async () => {
        await store.registerShard(aShard(0));
        const [from, to] = [
          { lookAt: 3, failLookAt: 9 },
          { lookAt: 5, failLookAt: 10 },
        ];
        expect(await store.postponeLook(atShard(0), from, to)).toBe('postponed');
        expect(await store.postponeLook(atShard(0), from, { lookAt: 7, failLookAt: 10 })).toBe('refused');
        expect(await store.readTally(atShard(0))).toMatchObject(to);
      });

      test('each of the two thresholds is compared', async () => {
        await store.registerHead(head({ lookAt: 3, failLookAt: 9 }));
        const to = { lookAt: 5, failLookAt: 10 };
        expect(await store.postponeLook(atHead(), { lookAt: 4, failLookAt: 9 }, to)).toBe('refused');
        expect(await store.postponeLook(atHead(), { lookAt: 3, failLookAt: 8 }, to)).toBe('refused');
        expect(await store.postponeLook(atHead(), { lookAt: 3, failLookAt: 9 }, to)).toBe('postponed');
      });

      test('thresholds of what is sealed, or not there, do not move', async () => {
        await store.registerShard(aShard(0));
        await store.sealShard(atShard(0), NOW);
        const to = { lookAt: 5, failLookAt: 10 };
        expect(await store.postponeLook(atShard(0), aShard(0), to)).toBe('refused');
        expect(await store.postponeLook(atShard(1), aShard(1), to)).toBe('refused');
        expect(await store.readTally(atShard(1))).toBeUndefined();
      });
    });

    describe('chunks', () => {
      test('chunks come back from the place they were put at, and from no other', async () => {
        const chunks = [1, 2, 3].map((name) => ({ chunkId: `c${name}`, results: [aSuccess(name)] }));
        const [one, two, three] = chunks as [(typeof chunks)[0], (typeof chunks)[0], (typeof chunks)[0]];
        await store.putChunk(atShard(0), one, 2_000_000_000);
        await store.putChunk(atShard(0), two, 2_000_000_000);
        await store.putChunk(atShard(1), three, 2_000_000_000);
        expect((await store.readChunks(atShard(0))).toSorted((a, b) => (a.chunkId < b.chunkId ? -1 : 1))).toEqual([
          one,
          two,
        ]);
        expect(await store.readChunks(atShard(1))).toEqual([three]);
        expect(await store.readChunks(atHead())).toEqual([]);
      });

      test('results come back as they went in, large ones and failures too', async () => {
        const error = { cause: 'leaf-error', message: 'no 🚂', retryable: false };
        const results = [
          { ...aSuccess(0), value: { text: randomBytes(60_000).toString('hex'), nothing: null } },
          { taskIndex: 1, attempt: 2, label: 'two', error },
        ];
        await store.putChunk(atHead(), { chunkId: 'large', results }, 2_000_000_000);
        expect(await store.readChunks(atHead())).toEqual([{ chunkId: 'large', results }]);
      });

      test('more chunks than one page holds all come back', async () => {
        const value = randomBytes(100_000).toString('hex');
        const chunkIds = Array.from({ length: 12 }, (_, index) => `c${String(index).padStart(2, '0')}`);
        for (const chunkId of chunkIds)
          await store.putChunk(atHead(), { chunkId, results: [{ ...aSuccess(0), value }] }, 2_000_000_000);
        const read = await store.readChunks(atHead());
        expect(read.map(({ chunkId }) => chunkId).toSorted()).toEqual(chunkIds);
      });

      test('chunks are kept whether their place is sealed or not', async () => {
        await store.registerShard(aShard(0));
        await store.sealShard(atShard(0), NOW);
        await store.putChunk(atShard(0), { chunkId: 'late', results: [aSuccess(0)] }, 2_000_000_000);
        expect(await store.readChunks(atShard(0))).toHaveLength(1);
      });
    });

    describe('folds', () => {
      test('the first fold of a shard is the one in force', async () => {
        const [first, second] = [aFold({ from: 3, size: 3 }, [3, 4], [1, 2]), aFold({ from: 3, size: 3 }, [3, 5], [9])];
        expect(await store.readFold(atShard(1), first.range)).toBeUndefined();
        expect(await store.putFold(atShard(1), first, 2_000_000_000)).toEqual(first);
        expect(await store.putFold(atShard(1), second, 2_000_000_000)).toEqual(first);
        expect(await store.readFold(atShard(1), first.range)).toEqual(first);
        expect(await store.readFold(atShard(0), first.range)).toBeUndefined();
      });

      test('the first moment of a seal is kept, and nothing is sealed that is not there', async () => {
        await store.registerShard(aShard(0));
        await store.sealShard(atShard(0), NOW);
        await store.sealShard(atShard(0), NOW + 1);
        expect(await store.readTally(atShard(0))).toMatchObject({ sealedAt: NOW });
        await store.sealShard(atShard(1), NOW);
        expect(await store.readTally(atShard(1))).toBeUndefined();
      });

      test("folded tasks are added to an open head's hints, and to no other's", async () => {
        await store.registerHead(head());
        expect(await store.addFolded(requestId, { arrived: 3, failed: 1 })).toMatchObject({ arrived: 3, failed: 1 });
        await store.beginClosing({ requestId, reason: 'cancelled', at: NOW });
        expect(await store.addFolded(requestId, { arrived: 3, failed: 1 })).toBe('refused');
        expect(await store.addFolded(randomUUID(), { arrived: 3, failed: 1 })).toBe('refused');
      });

      test('an accumulator that cannot be kept is refused for its size', async () => {
        const fold = aFold({ from: 0, size: 1 }, [0], randomBytes(600_000).toString('hex'));
        await expect(store.putFold(atShard(0), fold, 2_000_000_000)).rejects.toMatchObject({ code: 'item-too-large' });
        expect(await store.readFold(atShard(0), fold.range)).toBeUndefined();
      });
    });

    describe('closing', () => {
      test('one of many closers wins', async () => {
        await store.registerHead(head());
        const closers = (['all-succeeded', 'cancelled', 'deadline-passed', 'quorum-reached'] as const).map((reason) =>
          store.beginClosing({ requestId, reason, at: NOW }),
        );
        const won = (await Promise.all(closers)).filter((outcome) => outcome !== 'refused');
        expect(won).toHaveLength(1);
        expect(won[0]).toMatchObject({ state: 'closing', closingAt: NOW, sealedAt: NOW });
        expect(await store.readHead(requestId, NOW)).toEqual(won[0]);
      });

      test('the error that a request closes for is kept', async () => {
        await store.registerHead(head());
        const error = { where: 'predicate', message: 'not a function' } as const;
        const closing = await store.beginClosing({ requestId, reason: 'job-error', at: NOW, error });
        expect(closing).toMatchObject({ reason: 'job-error', error });
      });

      test.for(['deadline-passed', 'cancelled', 'job-error'] as const)(
        'a request whose tasks are still being published may close for %s',
        async (reason) => {
          await store.registerHead(head({ scatteredAt: undefined }));
          expect(await store.beginClosing({ requestId, reason, at: NOW })).toMatchObject({ state: 'closing', reason });
        },
      );

      test.for(['all-succeeded', 'all-answered', 'quorum-reached', 'predicate-met', 'too-many-failures'] as const)(
        'a request whose tasks are still being published may not close for %s',
        async (reason) => {
          await store.registerHead(head({ scatteredAt: undefined }));
          expect(await store.beginClosing({ requestId, reason, at: NOW })).toBe('refused');
          expect(await store.readHead(requestId, NOW)).toMatchObject({ state: 'open' });
        },
      );

      test('nothing closes that does not exist', async () => {
        expect(await store.beginClosing({ requestId, reason: 'cancelled', at: NOW })).toBe('refused');
        expect(await store.readHead(requestId, NOW)).toBeUndefined();
      });

      test('the first answer is the one in force', async () => {
        const [first, second] = [anAnswer({ aggregate: { count: 1 } }), anAnswer({ aggregate: { count: 2 } })];
        expect(await store.readAnswer(requestId, 1)).toBeUndefined();
        expect(await store.putAnswer(requestId, first, 2_000_000_000)).toEqual(first);
        expect(await store.putAnswer(requestId, second, 2_000_000_000)).toEqual(first);
        expect(await store.readAnswer(requestId, 1)).toEqual(first);
      });

      test('an answer comes back as it went in, with its membership or without', async () => {
        const { membership: _, ...bare } = anAnswer({ aggregate: { text: 'x'.repeat(50_000) } });
        await store.putAnswer(requestId, bare, 2_000_000_000);
        expect(await store.readAnswer(requestId, 1)).toEqual(bare);
      });

      test('an answer that cannot be kept is refused for its size', async () => {
        const answer = anAnswer({ aggregate: randomBytes(600_000).toString('hex') });
        await expect(store.putAnswer(requestId, answer, 2_000_000_000)).rejects.toMatchObject({
          code: 'item-too-large',
        });
        expect(await store.readAnswer(requestId, 1)).toBeUndefined();
      });

      test('a closing request is closed once, with the version of its answer', async () => {
        await store.registerHead(head());
        await store.beginClosing({ requestId, reason: 'cancelled', at: NOW });
        const outcomes = await Promise.all([1, 2, 3].map(() => store.publishClosed(requestId, anAnswer({}))));
        expect(outcomes.toSorted()).toEqual(['already-closed', 'already-closed', 'published']);
        expect(await store.readHead(requestId, NOW)).toMatchObject({
          state: 'closed',
          version: 1,
          reason: 'cancelled',
        });
      });

      test('a closed request does not close again', async () => {
        await store.registerHead(head());
        await store.beginClosing({ requestId, reason: 'cancelled', at: NOW });
        await store.publishClosed(requestId, anAnswer({}));
        expect(await store.beginClosing({ requestId, reason: 'deadline-passed', at: NOW })).toBe('refused');
        expect(await store.readHead(requestId, NOW)).toMatchObject({ state: 'closed', reason: 'cancelled' });
      });
    });
  });
}
