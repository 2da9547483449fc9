/**
 * What becomes of an invocation that Lambda throttles where nobody waits for its answer: it is tried again, later and later,
 * and lost only when its time is over.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html: from 1 s to 5 minutes (read November 2026)
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Invocation, LambdaFunction } from './function.ts';
import type { Outcome } from './outcome.ts';

export interface ThrottleLimits {
  /** The pause after an invocation's first throttle. It doubles with each further one. */
  readonly throttlePauseMs: number;
}

export interface Insistence {
  /** When to give up, in epoch ms. */
  readonly until: number;
  readonly pauseMs: number;
  readonly signal: AbortSignal;
}

const LONGEST_PAUSE_MS = 300_000;

/** Invokes `target` until it is not throttled; `'expired'` if that takes until `until`, or its own time is over. */
export async function insist(
  target: LambdaFunction,
  invocation: Invocation,
  { until, pauseMs, signal }: Insistence,
): Promise<Outcome | 'expired'> {
  for (let pause = pauseMs; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const outcome = await target.invoke(invocation);
    if (outcome !== 'throttled') return outcome;
    await delay(Math.max(0, Math.min(pause, until - Date.now())), undefined, { signal });
    if (!(await target.executions.room(until))) return 'expired';
  }
}
