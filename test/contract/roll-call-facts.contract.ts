/** What every `RollCallFactsReader` says of a table's roll-calls, whoever implements it. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { RollCallFactsReader, RollCallStore } from '../../shared/core/roll-call/ports.ts';
import { aRollCall } from '../support/roll-calls.ts';

const NOW = 1_700_000_000_000;

/** Runs the suite against the reader that `open` makes, over the store beside it. */
export function rollCallFactsContract(
  name: string,
  open: () => Promise<{ readonly store: RollCallStore; readonly facts: RollCallFactsReader }>,
): void {
  describe(`roll-call facts: ${name}`, () => {
    test('are its token, its window and its state, until its time to live, and nothing else', async () => {
      const { store, facts } = await open();
      const rollCall = aRollCall({ rollCallId: randomUUID(), expected: ['a'] });
      const { rollCallId, answersToken, askedAt, windowMs, ttlEpochSeconds } = rollCall;
      expect(await facts.factsOf(rollCallId, NOW)).toBeUndefined();
      await store.register(rollCall);
      const told = { answersToken, askedAt, windowMs, ttlEpochSeconds };
      expect(await facts.factsOf(rollCallId, NOW)).toEqual({ ...told, state: 'open' });
      expect(await facts.factsOf(rollCallId, ttlEpochSeconds * 1_000)).toBeUndefined();
      await store.close(rollCallId, NOW);
      expect(await facts.factsOf(rollCallId, NOW)).toEqual({ ...told, state: 'closed' });
    });
  });
}
