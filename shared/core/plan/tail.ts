/** What waiting for many leaves does to the tail. Leaves are independent of each other. */
import type { LeafTime } from './leaf-time.ts';

/**
 * The time of the slowest of `tasks` tasks: all are done by t with probability F(t)^n, so its quantile p is F's quantile
 * p^(1/n) (the distribution of a maximum; David and Nagaraja, "Order Statistics", 3rd ed. 2003, section 2.1).
 */
export const slowestOf = (leaf: LeafTime, tasks: number): LeafTime => ({
  cdf: (ms) => leaf.cdf(ms) ** tasks,
  quantile: (share) => leaf.quantile(share ** (1 / tasks)),
});

/**
 * The time of a task that is sent again after `hedgeMs`, first result wins: it is still unanswered at t with probability
 * S(t) before that, and S(t) × S(t − hedgeMs) after it (the minimum of two independent times, one of them shifted).
 * The hedge is practised in Dean and Barroso, "The Tail at Scale", CACM 56(2), 2013.
 */
export function hedged(leaf: LeafTime, hedgeMs: number): LeafTime {
  const survival = (ms: number): number => 1 - leaf.cdf(ms);
  const cdf = (ms: number): number => 1 - survival(ms) * (ms < hedgeMs ? 1 : survival(ms - hedgeMs));
  return { cdf, quantile: (share) => inverse(cdf, share, leaf.quantile(share)) };
}

/** Of a time found by bisection, against the time itself. */
const PRECISION = 1e-9;

/** The least time at which `cdf` reaches `share`, by bisection; `atMostMs` is a time at which it has. */
export function inverse(cdf: (ms: number) => number, share: number, atMostMs: number): number {
  let low = 0;
  let high = atMostMs;
  while (high - low > PRECISION * high) {
    const middle = (low + high) / 2;
    if (cdf(middle) >= share) high = middle;
    else low = middle;
  }
  return high;
}
