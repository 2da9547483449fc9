/** Which shards of a larger request are taken, published and followed by others. */
import type { ScatteringStore } from '../../core/ports/gathering-store.ts';
import { decodeHead, headKey, tallyKey } from '../items.ts';
import { type Table, updateItem } from '../table.ts';
import { exists, hedgesKnown, isOpen, leaseIsOurs, notHedged, notLeased, STATE, tokenIsOurs } from './clauses.ts';

export function scattering(table: Table): ScatteringStore {
  return {
    async markScattered(requestId, at) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'SET scatteredAt = if_not_exists(scatteredAt, :at)',
        when: isOpen,
        values: { at, open: 'open' },
        names: STATE,
      });
      return item === 'refused' ? undefined : decodeHead(item);
    },
    async markHedged(requestId, tasks, known, at) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'ADD hedged :tasks, copies :count SET hedgedAt = :at',
        when: `${isOpen} AND ${known === 0 ? notHedged : hedgesKnown}`,
        values: { tasks: new Set(tasks), count: tasks.length, at, open: 'open', ...(known === 0 ? {} : { known }) },
        names: STATE,
      });
      return item === 'refused' ? item : 'marked';
    },
    async noteDivided(requestId, resultsToken, tasks) {
      await updateItem(table, headKey(requestId), {
        set: 'ADD divided :tasks',
        when: `${isOpen} AND ${tokenIsOurs}`,
        values: { tasks: new Set(tasks), open: 'open', resultsToken },
        names: STATE,
      });
    },
    async leaseRange(address, { holder, now, until }) {
      const item = await updateItem(table, tallyKey(address), {
        set: 'SET leasedBy = :holder, leasedUntil = :until',
        when: `${exists} AND (${notLeased} OR ${leaseIsOurs})`,
        values: { holder, now, until },
      });
      return item === 'refused' ? item : 'leased';
    },
    async tellScattered(requestId, shard) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'ADD scattered :shards',
        when: `${isOpen} AND NOT contains(scattered, :shard)`,
        values: { shards: new Set([shard]), shard, open: 'open' },
        names: STATE,
      });
      return item === 'refused' ? item : decodeHead(item);
    },
    async markReleased(address, at) {
      await updateItem(table, tallyKey(address), {
        set: 'SET releasedAt = if_not_exists(releasedAt, :at)',
        when: exists,
        values: { at },
      });
    },
  };
}
