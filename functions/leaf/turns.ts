/** Turns of the event loop, so that tasks that only compute do not keep timers, and results that are ready, from theirs. */
import type { Timers } from '../../shared/core/ports.ts';

/**
 * Resolves once whatever was begun at the turn before has given the event loop back, and that has gone round. `first` comes
 * before that, and all later turns wait for it too; it must not reject.
 */
export type Turn = (first?: () => Promise<void>) => Promise<void>;

export function takeTurns({ turn }: Pick<Timers, 'turn'>): Turn {
  let last: Promise<void> = Promise.resolve();
  return (first) => {
    const mine = first ? last.then(first) : last;
    last = mine.then(turn);
    return mine;
  };
}
