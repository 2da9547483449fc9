/** How environments come, and when work that has to wait for them starts. Durations in ms from the first message. */

/** Environments as a step function of time: `first` at once, `step` more `everyMs`, `most` in all. */
export interface Ramp {
  readonly first: number;
  readonly step: number;
  readonly everyMs: number;
  readonly most: number;
}

/** Environments there are `ms` after the first message. */
export const environmentsAt = ({ first, step, everyMs, most }: Ramp, ms: number): number =>
  Math.min(most, first + step * Math.floor(ms / everyMs));

/** The ramp of something that may not have more than `most` environments: by quota, reservation or choice. */
export const upTo = (ramp: Ramp, most: number): Ramp => ({ ...ramp, most: Math.min(ramp.most, most) });

/**
 * When the last of `messages` messages starts, where each keeps an environment for `messageMs` and all wait from the
 * start: a queue with as many servers as environments that have come, first come, first served. An environment that
 * came at a has started floor((t − a) / messageMs) + 1 messages by t; the answer is the least t where they are enough.
 */
export function lastStartMs(ramp: Ramp, messages: number, messageMs: number): number {
  let low = 0;
  let high = Math.ceil(messages / Math.min(ramp.first, ramp.most)) * messageMs;
  if (startedBy(ramp, 0, messageMs) >= messages) return 0;
  while (high - low > 1e-3) {
    const middle = (low + high) / 2;
    if (startedBy(ramp, middle, messageMs) >= messages) high = middle;
    else low = middle;
  }
  return high;
}

function startedBy(ramp: Ramp, ms: number, messageMs: number): number {
  let started = 0;
  let had = 0;
  for (let at = 0; at <= ms && had < ramp.most; at += ramp.everyMs) {
    const have = environmentsAt(ramp, at);
    started += (have - had) * (messageMs > 0 ? Math.floor((ms - at) / messageMs + 1e-9) + 1 : Number.POSITIVE_INFINITY);
    had = have;
  }
  return started;
}
