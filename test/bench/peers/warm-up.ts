/** Having something run until it gets no faster, whoever's it is: all of them are JavaScript, which is compiled as it runs. */
import { median, repeat } from '../statistics.ts';

/** A turn's median must be so much less than that of the last turn that got faster; little by little counts in the end. */
const FASTER = 0.97;
/** Turns in a row that get no faster before it is warm: one may have had bad luck. */
const ENOUGH = 3;

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
    const isFaster = took < best * FASTER;
    inVain = isFaster ? 0 : inVain + 1;
    if (isFaster) best = took;
  }
}
