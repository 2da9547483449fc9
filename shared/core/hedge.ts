/**
 * Hedging: a straggler is sent again, and the first result wins. When, and how many: by the leaf's history and a budget,
 * so that a leaf that is slow as a whole is never sent more work for it. After Dean and Barroso, "The Tail at Scale"
 * (CACM 2013), with a rule of ours for when a copy pays.
 */
import { BUCKET_GROWTH, boundsOf, cdf, countOf, quantile, quantileBeyond, type Sketch } from './sketch.ts';

/** When a task counts as a straggler (a share of its leaf's tasks that are faster), and the share of tasks sent again at most. */
export interface HedgeOptions {
  readonly quantile: number;
  readonly budget: number;
}

export const HEDGE_DEFAULTS: HedgeOptions = { quantile: 0.95, budget: 0.05 };

/** Latencies of a leaf that must be known before one of its tasks is called slow. */
const LEAST_KNOWN = 100;

/**
 * Ms after which a task of a leaf is worth sending again: the first moment past the quantile at which a task that is
 * still out will, at the median, take longer from there than a fresh copy. While most of those out are about to come, a
 * copy would only be work. `undefined` while too little is known, and of a leaf without such a tail.
 */
export function hedgeAfter(latency: Sketch, { quantile: share }: Pick<HedgeOptions, 'quantile'>): number | undefined {
  if (countOf(latency) < LEAST_KNOWN) return undefined;
  const [fresh, from] = [quantile(latency, 0.5), quantile(latency, share)];
  if (fresh === undefined || from === undefined) return undefined;
  // What is within the sketch's own accuracy is no gain.
  const pays = (ms: number): boolean =>
    (quantileBeyond(latency, ms, 0.5) ?? 0) - ms >= Math.max(fresh, ms * (BUCKET_GROWTH - 1));
  return [from, ...boundsOf(latency).filter((bound) => bound > from)].find(pays);
}

/**
 * Tasks of a request that may still be sent again, after `hedged` were. If more than these are out, it is not stragglers
 * that it waits for, and copies of some would not end it sooner.
 */
export const hedgesLeft = (expected: number, hedged: number, { budget }: Pick<HedgeOptions, 'budget'>): number =>
  Math.max(1, Math.ceil(budget * expected)) - hedged;

/** The chance from which on a timer is set for stragglers: it costs a message and a look, whether there are any or not. */
const WORTH_A_TIMER = 0.05;

/** Whether one of `expected` tasks is likely enough to be out still after `ms`. */
export const isTimerWorthIt = (latencies: readonly Sketch[], expected: number, ms: number): boolean =>
  latencies.some((latency) => 1 - cdf(latency, ms) ** expected >= WORTH_A_TIMER);

/** What a job's recent past says of its budget: tasks answered, and copies sent, in this window and the one before. */
export interface Spending {
  readonly tasks: number;
  readonly tasksBefore: number;
  readonly hedgedBefore: number;
}

/** Copies that may be sent in this window: over any two windows together never more than the budget. */
export const hedgesAllowed = (
  { tasks, tasksBefore, hedgedBefore }: Spending,
  { budget }: Pick<HedgeOptions, 'budget'>,
): number => Math.max(0, Math.floor(budget * (tasks + tasksBefore)) - hedgedBefore);
