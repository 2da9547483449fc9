/** How long one timer message sleeps. */
import { MAX_DELAY_SECONDS } from './limits.ts';

/** Seconds until `at`, as one message may sleep them: rounded up, so that a timer is never early. */
export const delaySeconds = (at: number, now: number): number =>
  Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil((at - now) / 1_000)));
