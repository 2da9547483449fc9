/** Results as they come in, in memory. */
import type { Tally, TallyAddress } from '../../../shared/core/gathering.ts';
import type { Chunk } from '../../../shared/core/membership.ts';
import type { MarkingStore } from '../../../shared/core/ports/gathering-store.ts';
import type { Keep, Kept } from './kept.ts';

export function marking(keep: Keep): MarkingStore {
  const tallyAt = ({ requestId, place }: TallyAddress) => {
    const kept = keep(requestId);
    return place === 'head' ? kept.head : kept.shards.get(place);
  };
  const change = ({ requestId, place }: TallyAddress, changes: Partial<Tally>): void => {
    const kept = keep(requestId);
    const shard = place === 'head' ? undefined : kept.shards.get(place);
    if (shard && place !== 'head') kept.shards.set(place, { ...shard, ...changes });
    else if (kept.head) kept.head = { ...kept.head, ...changes };
  };
  return {
    async putChunk({ requestId, place }, resultsToken, { chunkId, json }) {
      const { chunks } = keep(requestId);
      const beside = chunks.get(place) ?? [];
      if (!beside.some((chunk) => chunk.chunkId === chunkId))
        chunks.set(place, [...beside, { chunkId, results: JSON.parse(json), resultsToken }]);
    },
    async mark(address, resultsToken, added, inside) {
      const tally = tallyAt(address);
      if (!tally || tally.sealedAt !== undefined || tally.resultsToken !== resultsToken) return 'refused';
      change(address, { arrived: tally.arrived + added.arrived, failed: tally.failed + added.failed });
      if (address.place === 'head') keepInside(keep(address.requestId), inside);
      const { head } = keep(address.requestId);
      return { tally: tallyAt(address) ?? tally, ...(address.place === 'head' && head ? { head } : {}) };
    },
    async postponeLook(address, from, { lookAt, failLookAt }) {
      const tally = tallyAt(address);
      const unmoved = tally?.lookAt === from.lookAt && tally.failLookAt === from.failLookAt;
      if (!unmoved || tally.sealedAt !== undefined) return 'refused';
      change(address, { lookAt, failLookAt });
      return 'postponed';
    },
    async readTally(address) {
      return tallyAt(address);
    },
    async readChunks({ requestId, place }, resultsToken) {
      const beside = keep(requestId).chunks.get(place) ?? [];
      return beside
        .filter((chunk) => chunk.resultsToken === resultsToken)
        .map(({ chunkId, results }) => structuredClone({ chunkId, results }));
    },
  };
}

/** A mark either brings its chunk into the head, or counts one beside it. */
function keepInside(kept: Kept, chunk: Chunk | undefined): void {
  const { head } = kept;
  if (!head) return;
  kept.head = chunk
    ? { ...head, chunks: [...(head.chunks ?? []), structuredClone(chunk)] }
    : { ...head, beside: (head.beside ?? 0) + 1 };
}
