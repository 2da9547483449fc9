/** What the intake sees of roll-calls in memory. */
import {
  ROLL_CALL_FACT_ATTRIBUTES,
  type RollCallFacts,
  type RollCallFactsReader,
  type RollCallStore,
} from '../../shared/core/roll-call/ports.ts';

export const createMemoryRollCallFacts = (store: Pick<RollCallStore, 'read'>): RollCallFactsReader => ({
  async factsOf(rollCallId, now) {
    const head = await store.read(rollCallId, now);
    if (!head) return undefined;
    return Object.fromEntries(ROLL_CALL_FACT_ATTRIBUTES.map((name) => [name, head[name]])) as unknown as RollCallFacts;
  },
});
