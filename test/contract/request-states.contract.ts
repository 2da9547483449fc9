/** What every `RequestStates` says of a table's requests, whoever implements it. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import type { RequestStates } from '../../shared/core/ports/request-facts.ts';
import { anAnswer } from '../support/builders.ts';
import { NOW, type StoreInUse, useStore } from './store-in-use.ts';

/** Runs the suite against the states that `open` makes, over the store beside them. */
export function requestStatesContract(
  name: string,
  open: () => Promise<{ readonly store: GatheringStore; readonly states: RequestStates }>,
): void {
  describe(`request states: ${name}`, () => {
    let states: RequestStates;
    let use: StoreInUse;
    beforeEach(async () => {
      const opened = await open();
      states = opened.states;
      use = useStore(opened.store);
    });

    test('a request is open, closing and closed as its head says', async () => {
      const { store, requestId, head } = use;
      await store.registerHead(head());
      expect(await states.stateOf(requestId)).toBe('open');
      await store.beginClosing({ requestId, reason: 'cancelled', at: NOW, unscattered: true });
      expect(await states.stateOf(requestId)).toBe('closing');
      await store.publishClosed(requestId, anAnswer({ completionReason: 'cancelled' }));
      expect(await states.stateOf(requestId)).toBe('closed');
    });

    test('a request that nobody registered is unknown', async () => {
      expect(await states.stateOf(use.requestId)).toBe('unknown');
    });
  });
}
