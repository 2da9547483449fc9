/** The history of jobs in memory; see memory-store. */
import { mergedPast, NO_PAST, type Past } from '../../shared/core/history.ts';
import type { HistoryPlace, HistoryStore } from '../../shared/core/ports/history-store.ts';

export function createMemoryHistory(): HistoryStore {
  const pasts = new Map<string, Past>();
  const hedges = new Map<string, number>();
  const nameOf = ({ job, window }: HistoryPlace): string => JSON.stringify([job, window]);
  return {
    async add(place, observed) {
      pasts.set(nameOf(place), mergedPast(pasts.get(nameOf(place)) ?? NO_PAST, observed));
    },
    async read(place) {
      return { ...(pasts.get(nameOf(place)) ?? NO_PAST), hedged: hedges.get(nameOf(place)) ?? 0 };
    },
    async spend(place, copies, most) {
      const hedged = (hedges.get(nameOf(place)) ?? 0) + copies;
      if (hedged > most) return 'refused';
      hedges.set(nameOf(place), hedged);
      return 'spent';
    },
  };
}
