/** Turns of the event loop, so that tasks that only compute do not keep timers, and results that are ready, from theirs. */
import type { Timers } from '../../shared/core/ports.ts';

/** Resolves once whatever was begun at the turn before has given the event loop back, and that has gone round. */
export type Turn = () => Promise<void>;

export function takeTurns({ turn }: Pick<Timers, 'turn'>): Turn {
  let last: Promise<void> = Promise.resolve();
  return () => {
    const mine = last;
    last = mine.then(turn);
    return mine;
  };
}
