/**
 * The gatherings table in memory: every call is one atomic step, and nothing is shared with whoever called, as if it
 * had travelled. The suite in test/contract holds it and the real adapter to the same behaviour.
 */
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import { closing } from './memory-store/closing.ts';
import { folding } from './memory-store/folding.ts';
import type { Keep, Kept } from './memory-store/kept.ts';
import { marking } from './memory-store/marking.ts';
import { nesting } from './memory-store/nesting.ts';
import { registration } from './memory-store/registration.ts';
import { scattering } from './memory-store/scattering.ts';

export interface MemoryStore extends GatheringStore {
  /** What is kept, for an oracle to look at between steps. */
  inspect(requestId: string): Readonly<Kept>;
  /** As the time to live does. */
  forget(requestId: string): void;
}

export function createMemoryStore(): MemoryStore {
  const requests = new Map<string, Kept>();
  const keep: Keep = (requestId) => {
    const kept = requests.get(requestId) ?? {
      shards: new Map(),
      chunks: new Map(),
      folds: new Map(),
      answers: new Map(),
      nested: new Map(),
    };
    requests.set(requestId, kept);
    return kept;
  };
  return {
    ...registration(keep),
    ...scattering(keep),
    ...nesting(keep),
    ...marking(keep),
    ...folding(keep),
    ...closing(keep),
    inspect: keep,
    forget: (requestId) => void requests.delete(requestId),
  };
}
