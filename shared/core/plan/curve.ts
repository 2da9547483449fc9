/** Completion time against fan-out. Durations in ms, probabilities from 0 to 1. */
import { type LeafTime, scaled } from './leaf-time.ts';
import { lastStartMs, type Ramp } from './ramp.ts';
import { slowestOf } from './tail.ts';

/** Work that can be divided, one task a message. */
export interface Divisible {
  /** How long one leaf would take for all of it. */
  readonly work: LeafTime;
  /** What a request costs besides, once. */
  readonly requestOverheadMs: number;
  /** What each task adds to the way of all: publishing, marking and folding are one after the other. */
  readonly taskOverheadMs: number;
  readonly ramp: Ramp;
}

/**
 * The time of a request of `tasks` tasks that must all answer: overheads, the wait for an environment of the last task
 * to start (each before it taking the median), and the slowest of all. Taking the last start for everybody's is late
 * where tasks wait and exact where none does.
 */
export function completionOf({ work, requestOverheadMs, taskOverheadMs, ramp }: Divisible, tasks: number): LeafTime {
  const task = scaled(work, 1 / tasks);
  const slowest = slowestOf(task, tasks);
  const fixedMs = requestOverheadMs + taskOverheadMs * tasks + lastStartMs(ramp, tasks, task.quantile(0.5));
  return { cdf: (ms) => slowest.cdf(ms - fixedMs), quantile: (share) => fixedMs + slowest.quantile(share) };
}

/** The fan-out, of those of `candidates`, whose quantile `share` is the least; the smallest of several. */
export function bestFanOut(divisible: Divisible, candidates: readonly number[], share: number): number | undefined {
  let best: { tasks: number; ms: number } | undefined;
  for (const tasks of candidates) {
    const ms = completionOf(divisible, tasks).quantile(share);
    if (!best || ms < best.ms) best = { tasks, ms };
  }
  return best?.tasks;
}
