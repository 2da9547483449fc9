/** What each part of the contract works with: a store, and a request of its own that no other test sees. */
import { randomUUID } from 'node:crypto';
import type { Head, Shard } from '../../shared/core/gathering.ts';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import { aHead } from '../support/builders.ts';

export const NOW = 1_700_000_000_000;
export const TTL = 2_000_000_000;
export const TOKEN = 'token';

export interface StoreInUse {
  readonly store: GatheringStore;
  readonly requestId: string;
  readonly atHead: { readonly requestId: string; readonly place: 'head' };
  atShard(place: number): { readonly requestId: string; readonly place: number };
  head(changes?: Parameters<typeof aHead>[0]): Head;
  shard(place: number): Shard;
}

export function useStore(store: GatheringStore): StoreInUse {
  const requestId = randomUUID();
  return {
    ...{ store, requestId, atHead: { requestId, place: 'head' } },
    atShard: (place) => ({ requestId, place }),
    head: (changes = {}) => aHead({ requestId, resultsToken: TOKEN, ...changes }),
    shard: (place) => ({
      ...{ address: { requestId, place }, resultsToken: TOKEN, ttlEpochSeconds: TTL },
      ...{ arrived: 0, failed: 0, lookAt: 3, failLookAt: 9 },
    }),
  };
}
