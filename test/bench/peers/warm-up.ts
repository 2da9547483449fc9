/** Having something run until it gets no faster, whoever's it is: all of them are JavaScript, which is compiled as it runs. */
import { median, repeat } from '../statistics.ts';

/** A turn's median must be so much less than the least before it, or it got no faster. */
const FASTER = 0.97;
/** Turns in a row that get no faster before it is warm: one may have had bad luck. */
const ENOUGH = 2;

export interface WarmUp {
  /** Runs of a turn. */
  readonly turn: number;
  /** No turn is begun after so long, in ms. */
  readonly mostMs: number;
}

/** Runs `once`, which says how long it took, in turns until it gets no faster. */
export async function warmUp(once: () => Promise<number>, { turn, mostMs }: WarmUp): Promise<void> {
  let best = Number.POSITIVE_INFINITY;
  let inVain = 0;
  for (let spent = 0; spent < mostMs && inVain < ENOUGH; ) {
    const times = await repeat(turn, once);
    spent += times.reduce((sum, ms) => sum + ms, 0);
    const took = median(times);
    inVain = took < best * FASTER ? 0 : inVain + 1;
    best = Math.min(best, took);
  }
}
