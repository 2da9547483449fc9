/** When a request is likely to be complete, as far as its job's past says, and given what is in already. */

import type { Head } from './gathering.ts';
import { completionsOf, type Past } from './history.ts';
import { countOf, quantileBeyond, type Sketch } from './sketch.ts';

/** Epoch milliseconds: as likely before as after, before it in 95 of 100 requests, and in any case. */
export interface Estimate {
  readonly p50At?: number;
  readonly p95At?: number;
  readonly latestAt: number;
}

type Underway = Pick<Head, 'expected' | 'arrived' | 'acceptedAt' | 'scatteredAt' | 'deadlineAt'>;

/** Latencies of a leaf that must be known before anything is said of the tasks that are out. */
const LEAST_KNOWN = 100;

/**
 * The estimate at `now`. Two bounds are taken, and the sooner one holds, since each knows what the other does not: how long
 * requests of this size take, of those that took as long as this one has; and, once results are in, how long the slowest
 * of the tasks still out takes, if each goes on as tasks that old do (the maximum of m is below its quantile q where each
 * is below its quantile q^(1/m)). The first knows of hedges, the second of progress.
 */
export function estimateAt(request: Underway, past: Past, now: number): Estimate {
  const { deadlineAt: latestAt } = request;
  const at = (q: number): number | undefined => {
    const known = [byCompletions(request, past, now, q), byTasksOut(request, past, now, q)];
    const bounds = known.filter((bound) => bound !== undefined);
    return bounds.length > 0 ? Math.min(latestAt, Math.ceil(Math.min(...bounds))) : undefined;
  };
  const [p50At, p95At] = [at(0.5), at(0.95)];
  return p50At === undefined || p95At === undefined ? { latestAt } : { p50At, p95At, latestAt };
}

function byCompletions({ expected, acceptedAt }: Underway, past: Past, now: number, q: number): number | undefined {
  const completions = completionsOf(past, expected);
  const ms = completions && quantileBeyond(completions, Math.max(0, now - acceptedAt), q);
  return ms === undefined ? undefined : acceptedAt + ms;
}

function byTasksOut(
  { expected, arrived, acceptedAt, scatteredAt = acceptedAt }: Underway,
  { leaves }: Past,
  now: number,
  q: number,
): number | undefined {
  const out = expected - arrived;
  const sketches = Object.values(leaves);
  if (arrived === 0 || out <= 0 || !sketches.every(isKnown)) return undefined;
  // Which leaves those out are at is not known here: the slowest is not sooner than any.
  const slowest = sketches.map((sketch) => quantileBeyond(sketch, now - scatteredAt, q ** (1 / out)));
  if (slowest.length === 0 || slowest.includes(undefined)) return undefined;
  return scatteredAt + Math.max(...slowest.map((ms) => ms ?? 0));
}

const isKnown = (sketch: Sketch): boolean => countOf(sketch) >= LEAST_KNOWN;
