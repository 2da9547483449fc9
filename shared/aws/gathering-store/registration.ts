/** Registering a request: its input, its shards, its head. */
import type { Head } from '../../core/gathering.ts';
import type { ClaimStore } from '../../core/ports/claim-store.ts';
import type { RegistrationStore } from '../../core/ports/gathering-store.ts';
import { inParallel } from '../batches.ts';
import { decodeHead, encodeHead, headKey, inputKey, tallyKey } from '../items.ts';
import { valueIn, withValue } from '../keeping.ts';
import { getItem, glanceAtItem, type Item, putIfAbsent, type Table } from '../table.ts';

/** Shards registered at once. */
const WRITES_AT_ONCE = 16;

export function registration(table: Table, claims: ClaimStore): RegistrationStore {
  return {
    async putInput(requestId, input, ttlEpochSeconds) {
      const item = await withValue({ claims, requestId, ttlEpochSeconds }, {}, 'input', input);
      await putIfAbsent(table, { ...inputKey(requestId), ...item, ttlEpochSeconds });
    },
    async readInput(requestId) {
      const item = await getItem(table, inputKey(requestId));
      return item && valueIn({ claims, requestId }, item, 'input');
    },
    async registerShards(shards) {
      await inParallel(shards, WRITES_AT_ONCE, async ({ address, ...shard }) => {
        await putIfAbsent(table, { ...tallyKey(address), ...shard });
      });
    },
    async registerHead(head) {
      const outcome = await putIfAbsent(table, { ...headKey(head.requestId), ...encodeHead(head) });
      return outcome === 'put' ? 'registered' : 'exists';
    },
    ...headReader(table),
  };
}

/** Reading heads alone, for whoever does nothing else with a gathering. */
export const headReader = (table: Table): Pick<RegistrationStore, 'readHead' | 'glanceAtHead'> => ({
  async readHead(requestId, now) {
    return unlessExpired(await getItem(table, headKey(requestId)), now);
  },
  async glanceAtHead(requestId, now) {
    return unlessExpired(await glanceAtItem(table, headKey(requestId)), now);
  },
});

const unlessExpired = (item: Item | undefined, now: number): Head | undefined =>
  item && item.ttlEpochSeconds * 1_000 > now ? decodeHead(item) : undefined;
