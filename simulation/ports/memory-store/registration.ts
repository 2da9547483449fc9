/** A request as it is registered, in memory. */
import type { RegistrationStore } from '../../../shared/core/ports/gathering-store.ts';
import type { Keep } from './kept.ts';

export function registration(keep: Keep): RegistrationStore {
  const readHead: RegistrationStore['readHead'] = async (requestId, now) => {
    const { head } = keep(requestId);
    return head && head.ttlEpochSeconds * 1_000 > now ? head : undefined;
  };
  return {
    async putInput(requestId, input) {
      keep(requestId).input ??= structuredClone(input);
    },
    async readInput(requestId) {
      return structuredClone(keep(requestId).input);
    },
    async registerShards(registered) {
      for (const { address, ...shard } of registered) {
        const { shards } = keep(address.requestId);
        if (address.place !== 'head' && !shards.has(address.place)) shards.set(address.place, shard);
      }
    },
    async registerHead(head) {
      const kept = keep(head.requestId);
      if (kept.head) return 'exists';
      kept.head = head;
      return 'registered';
    },
    readHead,
    glanceAtHead: readHead,
  };
}
