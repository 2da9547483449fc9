/** The owners' ledger in memory; see memory-store. */
import type { KeyClaim, OwnerLedger } from '../../shared/core/ports.ts';

export function createMemoryLedger(): OwnerLedger {
  const open = new Map<string, ReadonlySet<string>>();
  const claims = new Map<string, KeyClaim>();
  const openOf = (owner: string): ReadonlySet<string> => open.get(owner) ?? new Set();
  return {
    async open(owner, requestId, { limit }) {
      const held = openOf(owner);
      if (!held.has(requestId) && held.size >= limit) return 'too-many';
      open.set(owner, new Set([...held, requestId]));
      return 'opened';
    },
    async release(owner, requestId) {
      open.set(owner, new Set([...openOf(owner)].filter((held) => held !== requestId)));
    },
    async openRequests(owner) {
      return [...openOf(owner)];
    },
    async claimKey(owner, key, claim, now) {
      const name = JSON.stringify([owner, key]);
      const bound = claims.get(name);
      if (bound && bound.ttlEpochSeconds > Math.floor(now / 1_000)) return bound;
      claims.set(name, claim);
      return claim;
    },
  };
}
