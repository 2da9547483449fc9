/** Turns of the event loop, so that tasks that only compute do not keep timers, and results that are ready, from theirs. */
import type { Clock, Timers } from '../../shared/core/ports/runtime.ts';

/**
 * Resolves once whatever was begun at the turn before has given the event loop back, and that has gone round; it need not go
 * round while nothing has computed for `SHORT_MS` since it last did. `first` comes before that, and all later turns wait for it
 * too; it must not reject.
 */
export type Turn = (first?: () => Promise<void>) => Promise<void>;

/** So long timers and results may be kept waiting: nothing to a task that is worth a message. */
const SHORT_MS = 2;

export function takeTurns({ turn }: Pick<Timers, 'turn'>, { now }: Pick<Clock, 'now'>): Turn {
  let since = now();
  const turned = async (): Promise<void> => {
    if (now() - since < SHORT_MS) return;
    await turn();
    since = now();
  };
  let last: Promise<void> = Promise.resolve();
  return (first) => {
    const mine = first ? last.then(first) : last;
    // Whoever has this turn begins before it is looked at whether it took long.
    last = mine.then(() => undefined).then(turned);
    return mine;
  };
}
