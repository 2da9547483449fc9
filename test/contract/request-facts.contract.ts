/** What every `FactsReader` says of a table's requests, whoever implements it. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import type { FactsReader } from '../../shared/core/ports/request-facts.ts';
import { NOW, type StoreInUse, useStore } from './store-in-use.ts';

/** Runs the suite against the reader that `open` makes, over the store beside it. */
export function requestFactsContract(
  name: string,
  open: () => Promise<{ readonly store: GatheringStore; readonly facts: FactsReader }>,
): void {
  describe(`request facts: ${name}`, () => {
    let facts: FactsReader;
    let use: StoreInUse;
    beforeEach(async () => {
      const opened = await open();
      facts = opened.facts;
      use = useStore(opened.store);
    });

    test('are what the head was registered with, its state, and nothing of what it holds', async () => {
      const { store, requestId, head } = use;
      const registered = head({ graceMs: 5_000, input: { value: 'secret' } });
      await store.registerHead(registered);
      const { job, jobVersion, resultsToken, expected, shardSize, acceptedAt, deadlineAt, ttlEpochSeconds } =
        registered;
      expect(await facts.factsOf(requestId, NOW)).toEqual({
        ...{ requestId, job, jobVersion, resultsToken, expected, shardSize, acceptedAt, deadlineAt, ttlEpochSeconds },
        ...{ graceMs: 5_000, state: 'open' },
      });
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      expect(await facts.factsOf(requestId, NOW)).toMatchObject({ state: 'closing' });
    });

    test('of a request that nobody registered, or whose time to live has passed, there are none', async () => {
      const { store, requestId, head } = use;
      expect(await facts.factsOf(requestId, NOW)).toBeUndefined();
      const { ttlEpochSeconds } = head();
      await store.registerHead(head());
      expect(await facts.factsOf(requestId, ttlEpochSeconds * 1_000)).toBeUndefined();
    });
  });
}
