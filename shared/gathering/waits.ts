/**
 * What one environment has seen of the requests it waited for: how long they took. It is known at once and for nothing, where
 * the history that all share comes late, and it says no more than when a look may pay.
 */
import { sizeClassOf } from '../core/history.ts';

type Awaited = { readonly job: string; readonly expected: number };

export interface Waits {
  /** A request that was waited for was closed after `elapsedMs`. */
  observeWait(request: Awaited, elapsedMs: number): void;
  /** The time in ms before which hardly any of the last requests like this one was closed; `undefined` while too few are known. */
  soonestOf(request: Awaited): number | undefined;
}

/** So many are remembered of each job and size, and from so few on something is said. */
const REMEMBERED = 20;
const LEAST_KNOWN = 5;
/** Of those remembered, the share that was closed earlier. */
const HARDLY_ANY = 0.1;

export function createWaits(): Waits {
  const seen = new Map<string, number[]>();
  const placeOf = ({ job, expected }: Awaited): string => `${job} ${sizeClassOf(expected)}`;
  return {
    observeWait(request, elapsedMs) {
      const place = placeOf(request);
      seen.set(place, [...(seen.get(place) ?? []), elapsedMs].slice(-REMEMBERED));
    },
    soonestOf(request) {
      const times = seen.get(placeOf(request)) ?? [];
      if (times.length < LEAST_KNOWN) return undefined;
      return times.toSorted((one, other) => one - other)[Math.floor(times.length * HARDLY_ANY)];
    },
  };
}
