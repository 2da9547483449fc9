/** That tasks are sent, in memory. */
import type { TallyAddress } from '../../../shared/core/gathering.ts';
import type { ScatteringStore } from '../../../shared/core/ports/gathering-store.ts';
import type { Keep, KeptShard } from './kept.ts';

export function scattering(keep: Keep): ScatteringStore {
  const changeShard = ({ requestId, place }: TallyAddress, change: (shard: KeptShard) => KeptShard | undefined) => {
    const { shards } = keep(requestId);
    const shard = place === 'head' ? undefined : shards.get(place);
    const changed = shard && change(shard);
    if (changed && place !== 'head') shards.set(place, changed);
    return changed;
  };
  return {
    async markScattered(requestId, at) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'open') return undefined;
      kept.head = { scatteredAt: at, ...kept.head };
      return kept.head;
    },
    async markHedged(requestId, tasks, known, at) {
      const kept = keep(requestId);
      const { head } = kept;
      if (head?.state !== 'open' || (head.copies ?? 0) !== known) return 'refused';
      const hedged = new Set([...(head.hedged ?? []), ...tasks]);
      kept.head = { ...head, hedged, copies: known + tasks.length, hedgedAt: at };
      return 'marked';
    },
    async noteDivided(requestId, resultsToken, tasks) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'open' || kept.head.resultsToken !== resultsToken) return;
      kept.head = { ...kept.head, divided: new Set([...(kept.head.divided ?? []), ...tasks]) };
    },
    async leaseRange(address, { holder, now, until }) {
      const lease = { leasedBy: holder, leasedUntil: until };
      const free = ({ leasedBy, leasedUntil }: KeptShard) =>
        leasedUntil === undefined || leasedUntil < now || leasedBy === holder;
      const leased = changeShard(address, (shard) => (free(shard) ? { ...shard, ...lease } : undefined));
      return leased ? 'leased' : 'refused';
    },
    async tellScattered(requestId, shard) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'open' || kept.head.scattered?.has(shard)) return 'refused';
      kept.head = { ...kept.head, scattered: new Set([...(kept.head.scattered ?? []), shard]) };
      return kept.head;
    },
    async markReleased(address, at) {
      changeShard(address, (shard) => ({ releasedAt: at, ...shard }));
    },
  };
}
