/** What every `GatheringStore` does, whoever implements it. */
import { describe } from 'vitest';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import { closingContract } from './closing.ts';
import { keepingContract } from './keeping.ts';
import { markingContract } from './marking.ts';
import { scatteringContract } from './scattering.ts';
import { useStore } from './store-in-use.ts';

/** Runs the suite against the store that `open` makes. */
export function gatheringStoreContract(name: string, open: () => Promise<GatheringStore>): void {
  const use = async () => useStore(await open());
  describe(`gathering store: ${name}`, () => {
    markingContract(use);
    scatteringContract(use);
    keepingContract(use);
    closingContract(use);
  });
}
