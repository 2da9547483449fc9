/** Claims in memory; see memory-store. What is kept lies open, so that a test may change it or take it away. */
import { createHash } from 'node:crypto';
import { claimKey, claimMissing, claimTampered, claimTooLarge, lifetimeDays } from '../../shared/core/claim.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import type { ClaimStore } from '../../shared/core/ports/claim-store.ts';
import type { Clock } from '../../shared/core/ports/runtime.ts';

export interface MemoryClaims extends ClaimStore {
  /** The texts by their keys. */
  readonly texts: Map<string, string>;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

export function createMemoryClaims(clock: Pick<Clock, 'now'> = { now: Date.now }): MemoryClaims {
  const texts = new Map<string, string>();
  return {
    texts,
    async put(requestId, json, ttlEpochSeconds) {
      const bytes = Buffer.byteLength(json);
      if (bytes > LIMITS.claimBytes) throw claimTooLarge(bytes);
      const claim = { sha256: digest(json), bytes, days: lifetimeDays(ttlEpochSeconds, clock.now()) };
      texts.set(claimKey(requestId, claim), json);
      return claim;
    },
    async get(requestId, claim) {
      const text = texts.get(claimKey(requestId, claim));
      if (text === undefined) throw claimMissing(claim);
      if (digest(text) !== claim.sha256 || Buffer.byteLength(text) !== claim.bytes)
        throw claimTampered(claim, 'has another hash');
      return JSON.parse(text);
    },
    async link(requestId, claim, seconds) {
      return `https://claims.test/${claimKey(requestId, claim)}?seconds=${seconds}`;
    },
  };
}
