/** Sealing shards, keeping their folds, and telling the head, once each. */
import type { ClaimStore } from '../../core/ports/claim-store.ts';
import type { FoldingStore } from '../../core/ports/gathering-store.ts';
import { decodeFold, decodeHead, encodeFold, foldKey, headKey, tallyKey } from '../items.ts';
import { getItem, putIfAbsent, type Table, updateItem } from '../table.ts';
import { carryIsOurs, exists, isClosing, notCarried, notClosed, STATE, turnIsFree, turnIsOurs } from './clauses.ts';

export function folding(table: Table, claims: ClaimStore): FoldingStore {
  const readFold: FoldingStore['readFold'] = async (address, range) => {
    const item = await getItem(table, foldKey(address));
    return item && decodeFold({ claims, requestId: address.requestId }, item, range);
  };
  return {
    readFold,
    async sealShard(address, at) {
      await updateItem(table, tallyKey(address), {
        set: 'SET sealedAt = if_not_exists(sealedAt, :at)',
        when: exists,
        values: { at },
      });
    },
    async putFold(address, fold, ttlEpochSeconds) {
      const item = await encodeFold({ claims, requestId: address.requestId, ttlEpochSeconds }, fold);
      const outcome = await putIfAbsent(table, { ...foldKey(address), ...item, ttlEpochSeconds });
      return outcome === 'put' ? fold : ((await readFold(address, fold.range)) ?? fold);
    },
    async tellFolded(requestId, shard, { arrived, failed }) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'ADD arrived :arrived, failed :failed, folded :shards',
        when: `${exists} AND ${notClosed} AND NOT contains(folded, :shard)`,
        values: { arrived, failed, shards: new Set([shard]), shard, closed: 'closed' },
        names: STATE,
      });
      return item === 'refused' ? item : decodeHead(item);
    },
    async takeTurn(requestId, turn, holder) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'SET evaluationTurn = :turn, evaluator = :holder',
        when: `${exists} AND (${turnIsFree} OR (${turnIsOurs}))`,
        values: { turn, holder },
      });
      return item === 'refused' ? item : 'taken';
    },
    async takeCarry(requestId, carriedAt, at) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'SET carriedAt = :at',
        when: `${isClosing} AND (${carriedAt === undefined ? notCarried : 'carriedAt = :carriedAt'} OR ${carryIsOurs})`,
        values: { at, carriedAt, closing: 'closing' },
        names: STATE,
      });
      return item === 'refused' ? item : 'taken';
    },
  };
}
