/** What leaves that check their requests see of the table in memory. */
import type { RequestStates } from '../../shared/core/ports/request-facts.ts';
import type { MemoryStore } from './memory-store.ts';

export const createMemoryStates = (store: Pick<MemoryStore, 'inspect'>): RequestStates => ({
  async stateOf(requestId) {
    return store.inspect(requestId).head?.state ?? 'unknown';
  },
});
