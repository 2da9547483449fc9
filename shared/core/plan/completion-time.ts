/** How long a request takes, as a distribution. Durations in ms, probabilities from 0 to 1. */
import { summed } from './grid.ts';
import type { LeafTime } from './leaf-time.ts';
import type { Ramp } from './ramp.ts';
import { availabilityOfQuorum } from './reliability.ts';
import { grouped, type Starts, startsOf } from './starts.ts';
import { inverse, slowestOf } from './tail.ts';

export interface Fan {
  readonly invocations: number;
  /** Invocations that must have answered; all of them unless a quorum is enough. */
  readonly awaited: number;
  /** How long one keeps its environment. */
  readonly time: LeafTime;
  /** How long until its answer is there: the same, unless it is hedged. */
  readonly answered: LeafTime;
  readonly ramp: Ramp;
}

/**
 * Until `awaited` invocations have answered. Each is answered by t with probability F(t − s), s its start; all are with the
 * product of these, and some with the upper tail of a binomial of their mean, which is late where starts differ.
 * Invocations are independent, but where they wait, all starts of a request are late together.
 */
export function completionTime(fan: Fan): LeafTime {
  const { invocations, awaited, answered, ramp } = fan;
  if (ramp.most === 1 && awaited === invocations) return summed(fan.time, invocations);
  const { starts, lateness } = startsOf(ramp, invocations, fan.time);
  const groups = grouped(starts);
  const last = groups[0]?.ms ?? 0;
  if (last === 0 && awaited === invocations) return slowestOf(answered, invocations);
  const cdf = (ms: number): number =>
    lateness.reduce((sum, { weight, byMs }) => {
      const late = groups.map((group) => ({ ms: laterBy(group.ms, last, byMs), count: group.count }));
      return sum + weight * (awaited === invocations ? allBy(late, answered, ms) : someBy(late, fan, ms));
    }, 0);
  const latest = Math.max(...lateness.map(({ byMs }) => byMs));
  return { cdf, quantile: (share) => inverse(cdf, share, last + latest + answered.quantile(1 - 1e-9)) };
}

const laterBy = (ms: number, last: number, byMs: number): number =>
  last === 0 ? ms : Math.max(0, ms + byMs * Math.sqrt(ms / last));

function allBy(starts: readonly Starts[], answered: LeafTime, ms: number): number {
  let logarithm = 0;
  for (const { ms: start, count } of starts) {
    const share = ms < start ? 0 : answered.cdf(ms - start);
    if (share === 0) return 0;
    logarithm += count * Math.log(share);
  }
  return Math.exp(logarithm);
}

function someBy(starts: readonly Starts[], { answered, invocations, awaited }: Fan, ms: number): number {
  const mean = starts.reduce(
    (sum, { ms: start, count }) => sum + count * (ms < start ? 0 : answered.cdf(ms - start)),
    0,
  );
  return availabilityOfQuorum(Math.min(1, mean / invocations), invocations, awaited);
}
