/** Shards sealed and folded, in memory. */
import type { FoldingStore } from '../../../shared/core/ports/gathering-store.ts';
import type { Keep } from './kept.ts';
import { putOnce } from './put-once.ts';

export function folding(keep: Keep): FoldingStore {
  return {
    async sealShard({ requestId, place }, at) {
      const { shards } = keep(requestId);
      const shard = place === 'head' ? undefined : shards.get(place);
      if (shard && place !== 'head') shards.set(place, { sealedAt: at, ...shard });
    },
    async putFold({ requestId, place }, fold) {
      return putOnce(keep(requestId).folds, place, fold, 'the accumulator of a shard');
    },
    async readFold({ requestId, place }) {
      return structuredClone(keep(requestId).folds.get(place));
    },
    async tellFolded(requestId, shard, added) {
      const kept = keep(requestId);
      const { head } = kept;
      if (!head || head.state === 'closed' || head.folded?.has(shard)) return 'refused';
      const folded = new Set([...(head.folded ?? []), shard]);
      kept.head = { ...head, arrived: head.arrived + added.arrived, failed: head.failed + added.failed, folded };
      return kept.head;
    },
    async takeTurn(requestId, turn, holder) {
      const kept = keep(requestId);
      const { evaluationTurn = -1, evaluator } = kept.head ?? {};
      const isOurs = evaluationTurn === turn && evaluator === holder;
      if (!kept.head || (evaluationTurn >= turn && !isOurs)) return 'refused';
      kept.head = { ...kept.head, evaluationTurn: turn, evaluator: holder };
      return 'taken';
    },
    async takeCarry(requestId, carriedAt, at) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'closing' || ![carriedAt, at].includes(kept.head.carriedAt)) return 'refused';
      kept.head = { ...kept.head, carriedAt: at };
      return 'taken';
    },
  };
}
