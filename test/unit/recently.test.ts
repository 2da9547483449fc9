import { describe, expect, it } from 'vitest';
import { createRecently, type Recently } from '../../shared/core/recently.ts';

const knows =
  (recently: Recently<string>, whose: string) =>
  (name: string): boolean =>
    recently.of(whose).some((known) => known.has(name));

const names = Array.from({ length: 1_000 }, (_, index) => `name ${index}`);

describe('what was noted lately', () => {
  it('is known, and nothing else is', () => {
    const recently = createRecently<string>(10);
    recently.note('mine', ['a', 'b']);
    expect(['a', 'b', 'c'].filter(knows(recently, 'mine'))).toEqual(['a', 'b']);
    expect(['a', 'b', 'c'].filter(knows(recently, 'yours'))).toEqual([]);
  });

  it('keeps nothing of whom nothing was noted', () => {
    const recently = createRecently<string>(10);
    recently.note('mine', []);
    expect(recently.of('mine')).toEqual([]);
  });

  it.each([
    ['of one', () => 'mine'],
    ['of many', (index: number) => `${index % 7}`],
    ['each of somebody else', (index: number) => `${index}`],
  ])('is the last names, between as many as it is told and twice as many: %s', (_, whose) => {
    const recently = createRecently<string>(10);
    for (const [index, name] of names.entries()) recently.note(whose(index), [name]);
    const known = names.filter((name, index) => knows(recently, whose(index))(name));
    expect(known).toEqual(names.slice(-known.length));
    expect(known.length).toBeGreaterThanOrEqual(10);
    expect(known.length).toBeLessThanOrEqual(20);
  });
});
