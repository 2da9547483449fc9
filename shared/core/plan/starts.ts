/** When work that has to wait for environments starts: a queue, first come, first served. Durations in ms. */
import { atomsOf, meanOf, summed, weightsOf } from './grid.ts';
import type { LeafTime } from './leaf-time.ts';
import { zAbove } from './normal.ts';
import { environmentsAt, type Ramp } from './ramp.ts';

/** So many invocations that start about `ms` after the first. */
export interface Starts {
  readonly ms: number;
  readonly count: number;
}

/** A share of requests whose last start is later than the mean by about `byMs`, or earlier. */
export interface Lateness {
  readonly weight: number;
  readonly byMs: number;
}

export interface Waiting {
  /** Ascending. */
  readonly starts: readonly Starts[];
  /** How the last start varies from request to request. */
  readonly lateness: readonly Lateness[];
}

/** Steps of the median time; fewer where that would be too many in all. */
const STEPS = 8;
const MOST_STEPS = 1_000;

/**
 * When `invocations` invocations start that all wait from the beginning. The mean number of starts n by a time solves the
 * renewal equation n = a + n ∗ f, where a is the environments that come and f how long each keeps one (Feller, "An
 * Introduction to Probability Theory and Its Applications", vol. II, 2nd ed. 1971, XI.1), one equation for all environments.
 */
export function startsOf(ramp: Ramp, invocations: number, time: LeafTime): Waiting {
  const atoms = atomsOf(time);
  const mean = meanOf(atoms);
  const atOnce = Math.min(ramp.first, ramp.most, invocations);
  if (atOnce === invocations || mean === 0) return { starts: [{ ms: 0, count: invocations }], lateness: PUNCTUAL };
  const stepMs = Math.max((time.quantile(0.5) || mean) / STEPS, roughEnd(ramp, invocations, mean) / MOST_STEPS);
  const starts = renewed(ramp, invocations, weightsOf(atoms, stepMs, 2 * MOST_STEPS), stepMs);
  const last = starts.at(-1)?.ms ?? 0;
  const environments = Math.min(invocations, environmentsAt(ramp, last));
  return { starts, lateness: latenessOf(time, last, environments, invocations - environments) };
}

const PUNCTUAL: readonly Lateness[] = [{ weight: 1, byMs: 0 }];
/** A last start that varies less than this against its mean is taken as it is. */
const STEADY = 0.01;
/** So many invocations add up to what is as good as normal. */
const MANY = 100;
/** Of the slices of requests by lateness, finer where it is late; each is taken at its middle. */
const EDGES = [0, 0.1, 0.3, 0.5, 0.7, 0.85, 0.93, 0.97, 0.985, 0.993, 0.997, 1] as const;

/** What is done before the last start varies as a sum does, and `environments` share it; of a task, what fits before. */
function latenessOf(time: LeafTime, last: number, environments: number, before: number): readonly Lateness[] {
  const cut = { cdf: (ms: number) => (ms >= last ? 1 : time.cdf(ms)), quantile: cutAt(time, last) };
  const atoms = atomsOf(cut);
  const mean = meanOf(atoms);
  const spread = Math.sqrt(before * meanOf(atoms, (ms) => (ms - mean) ** 2));
  if (spread / environments <= STEADY * last) return PUNCTUAL;
  const sum = before < MANY ? summed(cut, before, COARSE) : undefined;
  return EDGES.slice(1).map((edge, slice) => {
    const [from = 0, middle] = [EDGES[slice], ((EDGES[slice] ?? 0) + edge) / 2];
    const workMs = sum ? sum.quantile(middle) - before * mean : spread * zAbove(1 - middle);
    return { weight: edge - from, byMs: workMs / environments };
  });
}

const COARSE = 200;
const cutAt = (time: LeafTime, last: number) => (share: number) => Math.min(last, time.quantile(share));

/** About when the work is done: at the end of a step of the ramp, environments and the time they have had are enough. */
function roughEnd(ramp: Ramp, invocations: number, mean: number): number {
  let [at, done] = [0, 0];
  for (;;) {
    const environments = environmentsAt(ramp, at);
    const needed = ((invocations - done) * mean) / environments;
    if (environments >= ramp.most || needed <= ramp.everyMs || environments >= invocations - done) return at + needed;
    done += (environments * ramp.everyMs) / mean;
    at += ramp.everyMs;
  }
}

function renewed(ramp: Ramp, invocations: number, weights: Float64Array, stepMs: number): Starts[] {
  const lags = [...weights].flatMap((weight, lag) => (lag > 0 && weight > 0 ? [{ lag, weight }] : []));
  const again = 1 - (weights[0] ?? 0);
  const started: number[] = [];
  let [had, left] = [0, invocations];
  for (let step = 0; left > 1e-9; step++) {
    const have = Math.min(invocations, environmentsAt(ramp, step * stepMs));
    let count = have - had;
    had = have;
    for (const { lag, weight } of lags) {
      if (lag > step) break;
      count += (started[step - lag] ?? 0) * weight;
    }
    started.push(Math.min(left, count / again));
    left -= started[step] ?? 0;
  }
  return started.flatMap((count, step) => (count > 0 ? [{ ms: step * stepMs, count }] : []));
}

/** The same starts in fewer groups, each at its mean: the earlier, the coarser, since the last ones decide. */
export function grouped(starts: readonly Starts[]): Starts[] {
  const last = starts.at(-1)?.ms ?? 0;
  const groups: { ms: number; count: number; from: number }[] = [];
  for (const { ms, count } of starts.toReversed()) {
    const group = groups.at(-1);
    if (!group || ms === 0 || group.from - ms > (last - group.from) / 6) groups.push({ ms, count, from: ms });
    else {
      group.ms = (group.ms * group.count + ms * count) / (group.count + count);
      group.count += count;
    }
  }
  return groups.map(({ ms, count }) => ({ ms, count }));
}
