/** Chunks, the marks that count them, and the thresholds of looks. */
import type { MarkingStore } from '../../core/ports/gathering-store.ts';
import {
  chunkKey,
  chunkPartition,
  chunkPrefix,
  decodeChunk,
  decodeHead,
  decodeTally,
  INSIDE,
  tallyKey,
} from '../items.ts';
import { compressed, pack } from '../keeping.ts';
import { getItem, putIfAbsent, queryItems, type Table, updateItem } from '../table.ts';
import { exists, looksUnmoved, notSealed, tokenIsOurs } from './clauses.ts';

export function marking(table: Table): MarkingStore {
  return {
    async putChunk(address, resultsToken, { chunkId, json }, ttlEpochSeconds) {
      const key = chunkKey(address, resultsToken, chunkId);
      await putIfAbsent(table, { ...key, results: compressed(json), ttlEpochSeconds });
    },
    async mark(address, resultsToken, { arrived, failed }, inside) {
      const counted = { arrived, failed, resultsToken };
      const item = await updateItem(table, tallyKey(address), {
        when: `${exists} AND ${notSealed} AND ${tokenIsOurs}`,
        ...(inside
          ? {
              set: 'ADD arrived :arrived, failed :failed SET #chunk = :chunk',
              values: { ...counted, chunk: pack(inside.results) },
              names: { '#chunk': `${INSIDE}${inside.chunkId}` },
            }
          : { set: 'ADD arrived :arrived, failed :failed, beside :one', values: { ...counted, one: 1 } }),
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
        chunks.push(decodeChunk(item.sk.slice(prefix.length), item.results));
      return chunks;
    },
  };
}
