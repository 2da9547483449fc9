/** Turns of the event loop, so that tasks that only compute do not keep timers, and results that are ready, from theirs. */

/** Resolves once whatever was begun at the turn before has given the event loop back, and that has gone round. */
export type Turn = () => Promise<void>;

export function takeTurns(): Turn {
  let last: Promise<void> = Promise.resolve();
  return () => {
    const mine = last;
    last = mine.then(() => new Promise<void>((resolve) => setImmediate(resolve)));
    return mine;
  };
}
