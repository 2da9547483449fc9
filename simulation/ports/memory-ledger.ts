/** The owners' ledger in memory; see memory-store. */
import type { KeyClaim, OwnerLedger } from '../../shared/core/ports/owners.ts';

export function createMemoryLedger(): OwnerLedger {
  const open = new Map<string, ReadonlySet<string>>();
  const claims = new Map<string, KeyClaim>();
  const openOf = (owner: string): ReadonlySet<string> => open.get(owner) ?? new Set();
  const nameOf = (owner: string, key: string): string => JSON.stringify([owner, key]);
  const boundTo = (owner: string, key: string, now: number): KeyClaim | undefined => {
    const bound = claims.get(nameOf(owner, key));
    return bound && bound.ttlEpochSeconds > Math.floor(now / 1_000) ? bound : undefined;
  };
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
    async readKey(owner, key, now) {
      return boundTo(owner, key, now);
    },
    async claimKey(owner, key, claim, now) {
      const bound = boundTo(owner, key, now);
      if (bound) return bound;
      claims.set(nameOf(owner, key), claim);
      return claim;
    },
  };
}
