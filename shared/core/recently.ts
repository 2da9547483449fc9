/**
 * A memory of bounded size for what may come again: names, each of somebody's. It is kept in two halves, of which the older is
 * dropped whenever the younger is full. Nothing may rest on what it knows: it forgets, and ends with its environment.
 */
export interface Recently<Name> {
  /** What was noted lately of `whose`: in any of these. None of them if nothing was. */
  of(whose: string): readonly ReadonlySet<Name>[];
  note(whose: string, names: readonly Name[]): void;
}

/** Remembers the last `most` names that were noted at least, and twice as many at most. */
export function createRecently<Name extends string | number>(most: number): Recently<Name> {
  let young = new Map<string, Set<Name>>();
  let old: typeof young = new Map();
  let count = 0;
  const namesOf = (whose: string): Set<Name> => {
    const names = young.get(whose) ?? new Set();
    young.set(whose, names);
    return names;
  };
  return {
    of: (whose) => [young, old].flatMap((half) => half.get(whose) ?? []),
    // No more than an addition for each name: a leaf notes every task, and often before its code is compiled.
    note(whose, names) {
      if (names.length === 0) return;
      let known = namesOf(whose);
      for (const name of names) {
        if (count === most) {
          [young, old, count] = [new Map(), young, 0];
          known = namesOf(whose);
        }
        known.add(name);
        count++;
      }
    },
  };
}
