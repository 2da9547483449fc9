/** The census in memory, held to the same contract as the table's. */
import { type Census, noCensus } from '../../shared/core/roll-call/census.ts';
import type { CensusStore } from '../../shared/core/roll-call/ports.ts';

export function createMemoryCensus(): CensusStore {
  const kept = new Map<string, Census>();
  const known = (service: string): Census => kept.get(service) ?? noCensus(service);
  return {
    read: async (service) => known(service),
    glance: async (services) => (services ? services.map(known) : [...kept.values()]),
    async put(census) {
      if (known(census.service).version !== census.version - 1) return 'refused';
      kept.set(census.service, census);
      return 'put';
    },
  };
}
