/** How long one leaf takes for one task, as a distribution. Durations in ms, probabilities from 0 to 1. */
import { cdf, quantile, type Sketch } from '../sketch.ts';
import { above, zAbove } from './normal.ts';

/** Whatever tells both of a distribution's directions: a model of this file, or a sketch of a job's history. */
export interface LeafTime {
  /** The probability that a task takes `ms` at most. */
  cdf(ms: number): number;
  /** The shortest time, in ms, within which the share `share` of tasks is done. */
  quantile(share: number): number;
}

/** Every task takes `ms`. */
export const constant = (ms: number): LeafTime => ({ cdf: (at) => (at >= ms ? 1 : 0), quantile: () => ms });

/** A share `slowShare` of tasks takes `slowMs`, all others `usualMs`: the stragglers of "The Tail at Scale". */
export const stragglers = (usualMs: number, slowShare: number, slowMs: number): LeafTime => ({
  cdf: (at) => (at >= slowMs ? 1 : at >= usualMs ? 1 - slowShare : 0),
  quantile: (share) => (share <= 1 - slowShare ? usualMs : slowMs),
});

/** What a job's history has recorded of a leaf: a sketch with something in it. */
export const recorded = (sketch: Sketch): LeafTime => ({
  cdf: (ms) => cdf(sketch, ms),
  quantile: (share) => quantile(sketch, share) ?? 0,
});

/** Times whose logarithm is normal, with these two quantiles (0.5 and 0.99): the usual shape of a service's latency. */
export function lognormal(p50Ms: number, p99Ms: number): LeafTime {
  const sigma = Math.log(p99Ms / p50Ms) / zAbove(0.01);
  if (sigma === 0) return constant(p50Ms);
  return {
    cdf: (ms) => (ms > 0 ? 1 - above(Math.log(ms / p50Ms) / sigma) : 0),
    quantile: (share) => p50Ms * Math.exp(sigma * zAbove(1 - share)),
  };
}

/** A point of a distribution: the share of tasks that take `ms` at most. */
export interface Quantile {
  readonly share: number;
  readonly ms: number;
}

/**
 * What is known of a distribution by some of its quantiles, both members ascending: straight between them, from the first
 * one's time on, and nothing slower than the last.
 */
export function quantiles(known: readonly Quantile[]): LeafTime {
  const [first = { share: 0, ms: 0 }] = known;
  const points = [{ share: 0, ms: first.ms }, ...known, { share: 1, ms: known.at(-1)?.ms ?? 0 }];
  return {
    cdf: (ms) => (ms < first.ms ? 0 : between(points, 'ms', 'share', ms)),
    quantile: (share) => between(points, 'share', 'ms', share),
  };
}

function between(points: readonly Quantile[], from: keyof Quantile, to: keyof Quantile, at: number): number {
  const next = points.findIndex((point) => point[from] > at);
  const [left, right] = [points.at(next === -1 ? -1 : next - 1), points.at(next)];
  if (!left || !right || next === -1) return points.at(-1)?.[to] ?? 0;
  return left[to] + ((at - left[from]) / (right[from] - left[from])) * (right[to] - left[to]);
}

/** `leaf` with every time multiplied by `factor` (above 0): a share of the work of a task. */
export const scaled = (leaf: LeafTime, factor: number): LeafTime => ({
  cdf: (ms) => leaf.cdf(ms / factor),
  quantile: (share) => leaf.quantile(share) * factor,
});
