import { holdsMuch, type Tally } from '../core/gathering.ts';
import type { Gathering } from './context.ts';

/** Work that only one may do at a time, in the order it was asked for; a failure is its own caller's alone. */
export function oneAtATime(): <Value>(work: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Reads, and folds, what is in of a request: at once while that is little, and in turn with others where it may be much. */
export const inTurnIfMuch = <Value>(
  { inTurn }: Pick<Gathering, 'inTurn'>,
  known: Pick<Tally, 'arrived'>,
  work: () => Promise<Value>,
): Promise<Value> => (holdsMuch(known) ? inTurn(work) : work());
