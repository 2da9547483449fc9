/** What the intake sees of the table in memory. */
import { FACT_ATTRIBUTES, type FactsReader, type RequestFacts } from '../../shared/core/ports/request-facts.ts';
import type { MemoryStore } from '../../simulation/ports/memory-store.ts';

export const createMemoryFacts = (store: Pick<MemoryStore, 'readHead'>): FactsReader => ({
  async factsOf(requestId, now) {
    const head = await store.readHead(requestId, now);
    if (!head) return undefined;
    const facts = FACT_ATTRIBUTES.filter((name) => head[name] !== undefined).map((name) => [name, head[name]]);
    return { requestId, ...Object.fromEntries(facts) } as RequestFacts;
  },
});
