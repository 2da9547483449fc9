/**
 * What is kept of the recent past.
 * Failed conditions are outcomes; only broken I/O throws. Every write is safe to repeat.
 */
import type { Past } from '../history.ts';

/** One window of one job's history. */
export interface HistoryPlace {
  readonly job: string;
  readonly window: number;
}

/** What is kept of the recent past, for estimates and hedging: counts that only grow. It may miss some of what was. */
export interface HistoryStore {
  /** Adds what somebody has observed. A repeat counts twice. */
  add(place: HistoryPlace, observed: Past, ttlEpochSeconds: number): Promise<void>;
  /** What was observed in a window, and the copies that were sent in it. */
  read(place: HistoryPlace): Promise<Past & { readonly hedged: number }>;
  /** Counts copies that are about to be sent, unless there would be more than `most` of them in the window. */
  spend(place: HistoryPlace, copies: number, most: number, ttlEpochSeconds: number): Promise<'spent' | 'refused'>;
}
