/** How long one leaf takes for one task, as a distribution. Durations in ms, probabilities from 0 to 1. */

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

/** `leaf` with every time multiplied by `factor` (above 0): a share of the work of a task. */
export const scaled = (leaf: LeafTime, factor: number): LeafTime => ({
  cdf: (ms) => leaf.cdf(ms / factor),
  quantile: (share) => leaf.quantile(share) * factor,
});
