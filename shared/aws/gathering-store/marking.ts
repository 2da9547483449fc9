/** Chunks, the marks that count them, and the thresholds of looks. */
import type { TaskResult } from '../../core/envelope.ts';
import type { GatheringStore } from '../../core/ports.ts';
import { chunkKey, chunkPartition, chunkPrefix, decodeHead, decodeTally, tallyKey } from '../items.ts';
import { pack, unpack } from '../keeping.ts';
import { getItem, putIfAbsent, queryItems, type Table, updateItem } from '../table.ts';
import { exists, looksUnmoved, notSealed, tokenIsOurs } from './clauses.ts';

export function marking(
  table: Table,
): Pick<GatheringStore, 'putChunk' | 'mark' | 'postponeLook' | 'readTally' | 'readChunks'> {
  return {
    async putChunk(address, resultsToken, { chunkId, results }, ttlEpochSeconds) {
      const key = chunkKey(address, resultsToken, chunkId);
      await putIfAbsent(table, { ...key, results: pack(results), ttlEpochSeconds });
    },
    async mark(address, resultsToken, { arrived, failed }) {
      const item = await updateItem(table, tallyKey(address), {
        set: 'ADD arrived :arrived, failed :failed',
        when: `${exists} AND ${notSealed} AND ${tokenIsOurs}`,
        values: { arrived, failed, resultsToken },
      });
      if (item === 'refused') return item;
      return { tally: decodeTally(item), ...(address.place === 'head' ? { head: decodeHead(item) } : {}) };
    },
    async postponeLook(address, { lookAt, failLookAt }, to) {
      const item = await updateItem(table, tallyKey(address), {
        set: 'SET lookAt = :nextLookAt, failLookAt = :nextFailLookAt',
        when: `${looksUnmoved} AND ${notSealed}`,
        values: { lookAt, failLookAt, nextLookAt: to.lookAt, nextFailLookAt: to.failLookAt },
      });
      return item === 'refused' ? item : 'postponed';
    },
    async readTally(address) {
      const item = await getItem(table, tallyKey(address));
      return item && decodeTally(item);
    },
    async readChunks(address, resultsToken) {
      const prefix = chunkPrefix(resultsToken);
      const chunks = [];
      for await (const item of queryItems(table, chunkPartition(address), prefix))
        chunks.push({ chunkId: item.sk.slice(prefix.length), results: unpack(item.results) as TaskResult[] });
      return chunks;
    },
  };
}
