import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fold } from '../../shared/core/job.ts';
import { checkFoldLaws, successesOf } from './fold-laws.ts';

const numbers = successesOf(fc.integer({ min: 1, max: 9 }));

const sum: Fold<number, number, number> = {
  empty: () => 0,
  add: (total, { value }) => total + value,
  merge: (left, right) => left + right,
  finish: (total) => total,
};

const list: Fold<number, number[], number[]> = {
  empty: () => [],
  add: (values, { value }) => [...values, value],
  merge: (left, right) => [...left, ...right],
  finish: (values) => values,
};

const shared: number[] = [];
const addingToShared: Fold<number, number[], number[]> = {
  ...list,
  empty: () => shared,
  add: (values, { value }) => {
    values.push(value);
    return values;
  },
};

describe('the law-checker', () => {
  it('accepts lawful folds', () => {
    checkFoldLaws({ fold: sum }, numbers);
    checkFoldLaws({ fold: list }, numbers);
  });

  it.each<[string, () => void]>([
    ['empty is neutral', () => checkFoldLaws({ fold: { ...sum, empty: () => 1 } }, numbers)],
    ['empty is always fresh', () => checkFoldLaws({ fold: addingToShared }, numbers, { equal: () => true })],
    [
      'grouping does not matter',
      () => checkFoldLaws({ fold: { ...list, merge: (left, right) => [...right, ...left] } }, numbers),
    ],
    [
      'accumulators are plain JSON',
      () => checkFoldLaws({ fold: { ...list, add: (values, { value }) => [...values, value, Number.NaN] } }, numbers),
    ],
    [
      'finish leaves its accumulator alone',
      () => checkFoldLaws({ fold: { ...list, finish: (values) => values.splice(0) } }, numbers, { equal: () => true }),
    ],
  ])('refuses a fold that breaks "%s", with the seed', (law, check) => {
    expect(check).toThrow(new RegExp(`fold law broken: ${law}[^]*seed`));
  });

  it('replays the case of a seed and path', () => {
    const broken = { fold: { ...sum, merge: (left: number, right: number) => left * 2 + right } };
    const replay = { seed: 7, path: '0' };
    expect(() => checkFoldLaws(broken, numbers, { replay })).toThrow(/seed: 7/);
  });
});
