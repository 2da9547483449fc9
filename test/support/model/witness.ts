/** The store as one process of the model has it, and what environments of the aggregator remember: watched, and held to each other. */
import assert from 'node:assert/strict';
import type { Aggregating } from '../../../functions/aggregator/aggregate.ts';
import { createTaken } from '../../../functions/aggregator/taken.ts';
import type { TallyAddress } from '../../../shared/core/gathering.ts';
import type { Chunk } from '../../../shared/core/membership.ts';
import { createOwnChunks } from '../../../shared/core/own-chunks.ts';
import type { GatheringStore } from '../../../shared/core/ports/gathering-store.ts';
import { REQUEST, type World } from './world.ts';

/** The store, noting of which tasks this process has had a mark accepted after it kept their results, under the same token. */
export function witnessed({ store, accepted, marks, random }: World): GatheringStore {
  const brought = new Map<string, Chunk[]>();
  const lie = ({ place }: Pick<TallyAddress, 'place'>, resultsToken: string): string => `${place} ${resultsToken}`;
  const accept = (chunks: readonly Chunk[]): void => {
    for (const { results } of chunks) for (const { taskIndex } of results) accepted.add(taskIndex);
  };
  return {
    ...store,
    async putChunk(address, resultsToken, chunk, ttlEpochSeconds) {
      await store.putChunk(address, resultsToken, chunk, ttlEpochSeconds);
      const where = lie(address, resultsToken);
      brought.set(where, [...(brought.get(where) ?? []), chunk]);
    },
    async mark(address, resultsToken, added, inside) {
      const marked = await store.mark(address, resultsToken, added, inside);
      if (marked === 'refused') return marked;
      const beside = brought.get(lie(address, resultsToken)) ?? [];
      accept(inside ? [inside] : beside);
      if (address.place === 'head' && !inside) marks.push(beside.map(({ chunkId }) => chunkId));
      return marked;
    },
    // A copy that has not heard of the head yet.
    async glanceAtHead(requestId, now) {
      const head = await store.readHead(requestId, now);
      return random.chance(0.5) ? head : undefined;
    },
    async closeWhole(whole) {
      const outcome = await store.closeWhole(whole);
      const besides = brought.get(lie({ place: 'head' }, whole.header.resultsToken)) ?? [];
      if (outcome !== 'refused') accept(whole.inside ? [whole.inside] : besides);
      return outcome;
    },
  };
}

/** What an environment of the aggregator remembers. */
export type Memory = Pick<Aggregating, 'taken' | 'ownChunks'>;

/** A memory of `results` results, and as many characters of chunks: what it says was marked was, as it says, and nothing is left out. */
export function aMemory({ store, marks }: Pick<World, 'store' | 'marks'>, results?: number, length?: number): Memory {
  const ownChunks = createOwnChunks(length);
  return {
    taken: createTaken(results),
    ownChunks: {
      ...ownChunks,
      all(requestId, count) {
        const known = ownChunks.all(requestId, count);
        if (!known) return known;
        const names = new Set(known.map(({ chunkId }) => chunkId));
        for (const name of marks.slice(0, count).flat())
          assert.ok(names.has(name), `${name} was marked, and forgotten`);
        const kept = store.inspect(REQUEST).chunks.get('head') ?? [];
        const { resultsToken } = store.inspect(REQUEST).head ?? {};
        for (const chunk of known)
          assert.deepEqual(
            { ...chunk, resultsToken },
            kept.find(({ chunkId }) => chunkId === chunk.chunkId),
          );
        return known;
      },
    },
  };
}
