/** Closing once, whoever comes. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../shared/core/limits.ts';
import { aChunk, anAnswer, aSuccess } from '../support/builders.ts';
import { NOW, type StoreInUse, TOKEN, TTL } from './store-in-use.ts';

const NO_MEMBERS = { succeeded: new Uint8Array([0]), failed: new Uint8Array([0]) };
const CALLBACK = { url: 'https://hooks.example.com/', secret: 'c2VjcmV0' };
const PARENT = { requestId: 'above', taskIndex: 3, attempt: 1, leaf: 'leaf', hops: 2, label: 'three', depth: 1 };

export function closingContract(use: () => Promise<StoreInUse>): void {
  describe('closing at once', () => {
    test('is for an open request alone, sent to the last or not, once, and seals it', async () => {
      const { store, atHead, head } = await use();
      const { scatteredAt: _, ...unscattered } = head();
      await store.registerHead(unscattered);
      const answer = anAnswer({ closedAt: NOW });
      const { requestId } = unscattered;
      expect(await store.closeAtOnce(requestId, answer, false)).toBe('published');
      expect(await store.markScattered(requestId, NOW)).toBeUndefined();
      expect(await store.closeAtOnce(requestId, answer, false)).toBe('refused');
      expect(await store.readHead(requestId, NOW)).toMatchObject({ state: 'closed', version: 1, sealedAt: NOW });
      expect(await store.mark(atHead, TOKEN, { arrived: 1, failed: 0 })).toBe('refused');
      expect(await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true })).toBe('refused');
    });

    test('is refused to who comes after another close began', async () => {
      const { store, head } = await use();
      await store.registerHead(head());
      const { requestId } = head();
      await store.markScattered(requestId, NOW);
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      expect(await store.closeAtOnce(requestId, anAnswer({}), false)).toBe('refused');
    });
  });

  describe('closing what came whole', () => {
    const whole = async () => {
      const { store, atHead, head } = await use();
      const { requestId, resultsToken, job, expected, shardSize } = head();
      const header = { requestId, resultsToken, job, expected, shardSize };
      const answer = anAnswer({ completionReason: 'all-succeeded', closedAt: NOW });
      const inside = aChunk('all', aSuccess(0), aSuccess(1), aSuccess(2));
      return { store, atHead, head, header, all: { header, arrived: 3, answer, inside } };
    };

    test('takes its results and its answer into the head, once, and seals it', async () => {
      const { store, atHead, head, all } = await whole();
      await store.registerHead(head({ scatteredAt: undefined }));
      const { requestId } = head();
      const closed = await store.closeWhole(all);
      const { answer, inside } = all;
      const after = { state: 'closed', reason: 'all-succeeded', sealedAt: NOW, version: 1, arrived: 3, owner: 'owner' };
      expect(closed).toMatchObject({ ...after, answer, chunks: [inside] });
      expect(await store.readHead(requestId, NOW)).toEqual(closed);
      expect(await store.closeWhole(all)).toBe('refused');
      expect(await store.mark(atHead, TOKEN, { arrived: 3, failed: 0 }, inside)).toBe('refused');
      expect(await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true })).toBe('refused');
      expect(await store.markScattered(requestId, NOW)).toBeUndefined();
    });

    test('leaves results beside the head where they were put before', async () => {
      const { store, head, all } = await whole();
      await store.registerHead(head());
      const closed = await store.closeWhole({ ...all, inside: undefined });
      expect(closed).toMatchObject({ state: 'closed', answer: all.answer });
      expect(closed).not.toHaveProperty('chunks');
    });

    test('is refused where anything was marked, and changes nothing', async () => {
      const { store, atHead, head, all } = await whole();
      await store.registerHead(head());
      await store.mark(atHead, TOKEN, { arrived: 1, failed: 0 });
      const before = await store.readHead(head().requestId, NOW);
      expect(await store.closeWhole(all)).toBe('refused');
      expect(await store.readHead(head().requestId, NOW)).toEqual(before);
    });

    test('is refused to another token, job, number of tasks or size of shards, and where there is no request', async () => {
      const { store, head, header, all } = await whole();
      expect(await store.closeWhole(all)).toBe('refused');
      await store.registerHead(head());
      for (const lie of [{ resultsToken: 'guess' }, { job: 'other' }, { expected: 2 }, { shardSize: 9 }])
        expect(await store.closeWhole({ ...all, header: { ...header, ...lie } })).toBe('refused');
      expect(await store.readHead(head().requestId, NOW)).toEqual(head());
    });

    test('is refused once another close began', async () => {
      const { store, head, all } = await whole();
      await store.registerHead(head());
      const { requestId } = head();
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      expect(await store.closeWhole(all)).toBe('refused');
    });
  });

  describe('closing', () => {
    test('one of many closers wins', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head());
      const closers = (['all-succeeded', 'cancelled', 'deadline-passed', 'quorum-reached'] as const).map((reason) =>
        store.beginClosing({ requestId, reason, at: NOW, unscattered: true }),
      );
      const won = (await Promise.all(closers)).filter((outcome) => outcome !== 'refused');
      expect(won).toHaveLength(1);
      expect(won[0]).toMatchObject({ state: 'closing', closingAt: NOW, sealedAt: NOW });
      expect(await store.readHead(requestId, NOW)).toEqual(won[0]);
    });

    test('the error that a request closes for is kept', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head());
      const error = { where: 'predicate', message: 'not a function' } as const;
      const closing = await store.beginClosing({ requestId, reason: 'job-error', at: NOW, unscattered: true, error });
      expect(closing).toMatchObject({ reason: 'job-error', error });
    });

    test('a request whose tasks are still being published closes only where that is allowed for', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head({ scatteredAt: undefined }));
      const closing = { requestId, reason: 'all-answered', at: NOW } as const;
      expect(await store.beginClosing({ ...closing, unscattered: false })).toBe('refused');
      expect(await store.readHead(requestId, NOW)).toMatchObject({ state: 'open' });
      expect(await store.beginClosing({ ...closing, unscattered: true })).toMatchObject({ state: 'closing' });
    });

    test('a request whose tasks are all published closes either way', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head());
      const closing = { requestId, reason: 'all-answered', at: NOW, unscattered: false } as const;
      expect(await store.beginClosing(closing)).toMatchObject({ state: 'closing', closingAt: NOW });
    });

    test('nothing closes that does not exist', async () => {
      const { store, requestId } = await use();
      expect(await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true })).toBe('refused');
      expect(await store.readHead(requestId, NOW)).toBeUndefined();
    });

    test('the first answer is the one in force', async () => {
      const { store, requestId } = await use();
      const [first, second] = [anAnswer({ aggregate: { count: 1 } }), anAnswer({ aggregate: { count: 2 } })];
      expect(await store.readAnswer(requestId, 1)).toBeUndefined();
      expect(await store.putAnswer(requestId, first, TTL)).toEqual(first);
      expect(await store.putAnswer(requestId, second, TTL)).toEqual(first);
      expect(await store.readAnswer(requestId, 1)).toEqual(first);
    });

    test('an answer comes back as it went in, with its membership or without', async () => {
      const { store, requestId } = await use();
      const { membership: _, ...bare } = anAnswer({ aggregate: { text: 'x'.repeat(50_000) } });
      await store.putAnswer(requestId, bare, TTL);
      expect(await store.readAnswer(requestId, 1)).toEqual(bare);
    });

    test('an answer that cannot be kept is refused for its size', async () => {
      const { store, requestId } = await use();
      const answer = anAnswer({ aggregate: randomBytes(LIMITS.claimBytes / 2).toString('hex') });
      await expect(store.putAnswer(requestId, answer, TTL)).rejects.toMatchObject({
        code: 'item-too-large',
      });
      expect(await store.readAnswer(requestId, 1)).toBeUndefined();
    });

    test('a closing request is closed once, with the version of its answer', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head());
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      const outcomes = await Promise.all([1, 2, 3].map(() => store.publishClosed(requestId, anAnswer({}))));
      expect(outcomes.toSorted()).toEqual(['already-closed', 'already-closed', 'published']);
      expect(await store.readHead(requestId, NOW)).toMatchObject({
        state: 'closed',
        version: 1,
        reason: 'cancelled',
      });
    });

    test('versions of a closed request are put in force one after another, each once', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head({ graceMs: 1_000, topicNotice: true }));
      expect(await store.publishAmended(requestId, 1)).toBe('refused');
      await store.beginClosing({ requestId, reason: 'deadline-passed', at: NOW, unscattered: true });
      expect(await store.publishAmended(requestId, 1)).toBe('refused');
      await store.publishClosed(requestId, anAnswer({}));
      const closed = await store.readHead(requestId, NOW);
      expect(await store.publishAmended(requestId, 3)).toBe('refused');
      const outcomes = await Promise.all([2, 2, 2].map((version) => store.publishAmended(requestId, version)));
      expect(outcomes.toSorted()).toEqual(['published', 'refused', 'refused']);
      expect(await store.publishAmended(requestId, 3)).toBe('published');
      expect(await store.readHead(requestId, NOW)).toEqual({ ...closed, version: 3 });
    });

    test('there is no version to put in force of a request that does not exist', async () => {
      const { store, requestId } = await use();
      expect(await store.publishAmended(requestId, 2)).toBe('refused');
      expect(await store.readHead(requestId, NOW)).toBeUndefined();
    });

    test('versions are kept side by side, with the layers of their membership', async () => {
      const { store, requestId } = await use();
      const first = anAnswer({ membership: { ...NO_MEMBERS, chunks: [] } });
      const second = anAnswer({
        ...{ version: 2, amendedAt: NOW },
        membership: { ...NO_MEMBERS, chunks: ['a', 'c', 'b'], layers: [0, 2, 1] },
      });
      await store.putAnswer(requestId, second, TTL);
      await store.putAnswer(requestId, first, TTL);
      expect([await store.readAnswer(requestId, 1), await store.readAnswer(requestId, 2)]).toEqual([first, second]);
    });

    test('the mark of a notice outlives both ways of closing, and is taken away alone', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head({ topicNotice: true, callbackTo: CALLBACK, parent: PARENT }));
      await store.closeAtOnce(requestId, anAnswer({}), true);
      const closed = await store.readHead(requestId, NOW);
      expect(closed).toMatchObject({ state: 'closed', topicNotice: true });
      await store.clearNotice(requestId, 'topic');
      await store.clearNotice(requestId, 'topic');
      const { topicNotice: _, ...called } = closed ?? head();
      expect(await store.readHead(requestId, NOW)).toEqual(called);
      await store.clearNotice(requestId, 'callback');
      const { callbackTo, ...asked } = called;
      expect(callbackTo).toEqual(CALLBACK);
      expect(await store.readHead(requestId, NOW)).toEqual(asked);
      await store.clearNotice(requestId, 'parent');
      const { parent, ...rest } = asked;
      expect(parent).toEqual(PARENT);
      expect(await store.readHead(requestId, NOW)).toEqual(rest);

      const other = await use();
      await other.store.registerHead(other.head({ topicNotice: true }));
      const closing = { requestId: other.requestId, reason: 'cancelled', at: NOW, unscattered: true } as const;
      await other.store.beginClosing(closing);
      await other.store.publishClosed(other.requestId, anAnswer({}));
      expect(await other.store.readHead(other.requestId, NOW)).toMatchObject({ state: 'closed', topicNotice: true });
    });

    test('the first call of an address is noted once, while it is to be called', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head({ callbackTo: CALLBACK }));
      await store.noteCalled(requestId, NOW);
      await store.noteCalled(requestId, NOW + 1);
      expect(await store.readHead(requestId, NOW)).toMatchObject({ calledAt: NOW, callbackTo: CALLBACK });
      const other = await use();
      await other.store.registerHead(other.head());
      await other.store.noteCalled(other.requestId, NOW);
      await other.store.noteCalled('nobody', NOW);
      expect(await other.store.readHead(other.requestId, NOW)).not.toHaveProperty('calledAt');
      expect(await other.store.readHead('nobody', NOW)).toBeUndefined();
    });

    test('taking away the mark of a request that never was makes none', async () => {
      const { store, requestId } = await use();
      await store.clearNotice(requestId, 'topic');
      expect(await store.readHead(requestId, NOW)).toBeUndefined();
    });

    test('a closed request does not close again', async () => {
      const { store, requestId, head } = await use();
      await store.registerHead(head());
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      await store.publishClosed(requestId, anAnswer({}));
      expect(await store.beginClosing({ requestId, reason: 'deadline-passed', at: NOW, unscattered: true })).toBe(
        'refused',
      );
      expect(await store.readHead(requestId, NOW)).toMatchObject({ state: 'closed', reason: 'cancelled' });
    });
  });
}
