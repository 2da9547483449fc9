/** What every `RollCallStore` does, whoever implements it. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RollCallStore } from '../../shared/core/roll-call/ports.ts';
import type { AnswersChunk, RollCall } from '../../shared/core/roll-call/roll-call.ts';
import { anInstance, aRollCall } from '../support/roll-calls.ts';

const NOW = 1_700_000_000_000;
const MOST = 100;

/** Runs the suite against the store that `open` makes. */
export function rollCallStoreContract(name: string, open: () => Promise<RollCallStore>): void {
  describe(`roll-call store: ${name}`, () => {
    let store: RollCallStore;
    let rollCall: RollCall;
    beforeEach(async () => {
      store = await open();
      rollCall = aRollCall({
        ...{ rollCallId: randomUUID(), services: ['pricing', 'stock'], expected: ['pricing', 'stock/a'], minimum: 2 },
        ttlEpochSeconds: NOW / 1_000 + 60,
      });
      await store.register(rollCall);
    });
    const chunk = (chunkId: string, ...ids: readonly string[]): AnswersChunk => ({
      chunkId,
      answers: ids.map((instanceId) => anInstance({ instanceId, metadata: { zone: 'a', cores: 2 } })),
    });
    const take = async (its: AnswersChunk, token = 'token'): Promise<'marked' | 'refused'> => {
      await store.putAnswers(rollCall, token, its);
      return store.mark(rollCall.rollCallId, token, its.answers.length, MOST);
    };

    test('a roll-call is read as it was kept, until its time to live', async () => {
      expect(await store.read(rollCall.rollCallId, NOW)).toEqual(rollCall);
      expect(await store.glance(rollCall.rollCallId, NOW)).toEqual(rollCall);
      expect(await store.read(rollCall.rollCallId, NOW + 60_000)).toBeUndefined();
      expect(await store.read(randomUUID(), NOW)).toBeUndefined();
    });

    test('one that asks everybody and expects nobody, too', async () => {
      const bare = aRollCall({ rollCallId: randomUUID() });
      await store.register(bare);
      expect(await store.read(bare.rollCallId, NOW)).toEqual(bare);
    });

    test('answers are read back, once each chunk, and counted at each mark', async () => {
      await take(chunk('one', 'a', 'b'));
      await take(chunk('one', 'a', 'b'));
      await take(chunk('two', 'c'));
      const read = (await store.readAnswers(rollCall)).toSorted((a, b) => a.chunkId.localeCompare(b.chunkId));
      expect(read).toEqual([chunk('one', 'a', 'b'), chunk('two', 'c')]);
      expect(await store.read(rollCall.rollCallId, NOW)).toMatchObject({ arrived: 5 });
    });

    test('answers with another token are refused, and never read', async () => {
      expect(await take(chunk('forged', 'x'), 'forged')).toBe('refused');
      expect(await store.readAnswers(rollCall)).toEqual([]);
      expect(await store.read(rollCall.rollCallId, NOW)).toMatchObject({ arrived: 0 });
    });

    test('answers to no roll-call are refused', async () => {
      expect(await store.mark(randomUUID(), 'token', 1, MOST)).toBe('refused');
    });

    test('no more answers are marked once there are as many as may be', async () => {
      expect(await store.mark(rollCall.rollCallId, 'token', MOST, MOST)).toBe('marked');
      expect(await store.mark(rollCall.rollCallId, 'token', 1, MOST)).toBe('refused');
    });

    test('it is closed once, and takes no answer from then on', async () => {
      const closed = { ...rollCall, state: 'closed', closedAt: NOW + 5 };
      expect(await store.close(rollCall.rollCallId, NOW + 5)).toEqual(closed);
      expect(await store.close(rollCall.rollCallId, NOW + 9)).toBe('refused');
      expect(await take(chunk('late', 'a'))).toBe('refused');
      expect(await store.read(rollCall.rollCallId, NOW)).toEqual(closed);
      expect(await store.close(randomUUID(), NOW)).toBe('refused');
    });

    test('the outcome that was kept first is in force, however large', async () => {
      const present = Array.from({ length: 1_000 }, (_, index) => ({
        ...{ service: 'pricing', instanceId: randomUUID(), answeredAfterMs: index },
        metadata: { text: randomUUID().repeat(50) },
      }));
      const outcome = { status: 'complete', present, presentNotShown: 0, absent: [], closedAt: NOW } as const;
      expect(await store.readOutcome(rollCall.rollCallId)).toBeUndefined();
      expect(await store.putOutcome(rollCall, outcome)).toEqual(outcome);
      expect(await store.putOutcome(rollCall, { ...outcome, closedAt: NOW + 1 })).toEqual(outcome);
      expect(await store.readOutcome(rollCall.rollCallId)).toEqual(outcome);
    });

    test('a second registration changes nothing', async () => {
      await store.close(rollCall.rollCallId, NOW);
      await store.register(rollCall);
      expect(await store.read(rollCall.rollCallId, NOW)).toMatchObject({ state: 'closed' });
    });
  });
}
