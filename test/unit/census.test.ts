/** What roll-calls teach of who usually answers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Census,
  isGone,
  isUsual,
  lessonOf,
  missedInARow,
  noCensus,
  usualMembers,
} from '../../shared/core/roll-call/census.ts';
import { anInstance, aRollCall } from '../support/roll-calls.ts';

const START = 1_000_000;

/** A roll-call of pricing that ended when its window did, the n-th minute after the start. */
const closedAt = (minute: number, changes = {}) => {
  const askedAt = START + minute * 60_000;
  return aRollCall({ askedAt, state: 'closed', closedAt: askedAt + 2_000, ...changes });
};
const from = (minute: number, ...ids: readonly string[]) =>
  ids.map((instanceId) =>
    anInstance({ instanceId, receivedAt: START + minute * 60_000 + 100, address: `q/${instanceId}` }),
  );

/** The census after calls in which these answered, a minute apart, and whom each of them found lost. */
function taughtBy(...calls: readonly string[][]): { census: Census; lost: string[][] } {
  const lost: string[][] = [];
  const census = calls.reduce((known, ids, minute) => {
    const lesson = lessonOf(closedAt(minute), known, from(minute, ...ids));
    lost.push(lesson.lost.map(({ instanceId }) => instanceId));
    return lesson.census;
  }, noCensus('pricing'));
  return { census, lost };
}
const times = (count: number, ...ids: string[]): string[][] => Array.from({ length: count }, () => ids);

describe('a member', () => {
  it('is a usual one once it has answered three times', () => {
    expect(usualMembers([taughtBy(['a'], ['a']).census])).toEqual([]);
    expect(usualMembers([taughtBy(['a'], ['a'], ['a']).census])).toEqual(['pricing/a']);
    expect(usualMembers([taughtBy(['a'], [], ['a'], [], ['a']).census])).toEqual(['pricing/a']);
  });

  it('is one no more once it has missed three running, and is one again as soon as it answers', () => {
    const two = taughtBy(...times(3, 'a'), ...times(2));
    expect(usualMembers([two.census])).toEqual(['pricing/a']);
    expect(missedInARow(two.census.members.get('a') ?? { history: 0, seenAt: 0 })).toBe(2);
    expect(usualMembers([taughtBy(...times(3, 'a'), ...times(3)).census])).toEqual([]);
    expect(usualMembers([taughtBy(...times(3, 'a'), ...times(3), ['a']).census])).toEqual(['pricing/a']);
  });

  it('is told lost at the third absence running, once, if it was regular', () => {
    expect(taughtBy(...times(3, 'a'), ...times(4)).lost).toEqual([[], [], [], [], [], ['a'], []]);
    expect(taughtBy(...times(2, 'a'), ...times(4)).lost.flat()).toEqual([]);
    expect(taughtBy(...times(3, 'a'), ...times(3), ...times(3, 'a'), ...times(3)).lost.flat()).toEqual(['a', 'a']);
  });

  it('is forgotten after eight absences, or after a day', () => {
    expect([...taughtBy(...times(8, 'a'), ...times(7)).census.members.keys()]).toEqual(['a']);
    expect([...taughtBy(...times(8, 'a'), ...times(8)).census.members.keys()]).toEqual([]);
    const known = taughtBy(...times(3, 'a')).census;
    const nextDay = lessonOf(closedAt(24 * 60 + 3, { windowMs: 500 }), known, []);
    expect([...nextDay.census.members.keys()]).toEqual([]);
  });

  it('answers from the address it gave last', () => {
    const known = taughtBy(['a']).census;
    const moved = [anInstance({ instanceId: 'a', receivedAt: START + 70_000, address: 'q/new' })];
    expect(lessonOf(closedAt(1), known, moved).census.members.get('a')?.address).toBe('q/new');
  });
});

describe('an absence', () => {
  const known = taughtBy(...times(8, 'a', 'b')).census;
  const historyOf = (census: Census) => census.members.get('b')?.history;

  it.each([
    ['a window of less than a second', { windowMs: 999 }],
    ['a call that ended early', { closedAt: START + 9 * 60_000 + 1_900 }],
  ])('in %s counts for nothing, while answers do', (_, changes) => {
    const lesson = lessonOf(closedAt(9, changes), known, from(9, 'a', 'c'));
    expect(historyOf(lesson.census)).toBe(0b1111_1111);
    expect([...lesson.census.members.keys()]).toContain('c');
  });

  it('counts in a call that waited for a second or more', () => {
    expect(historyOf(lessonOf(closedAt(9), known, from(9, 'a')).census)).toBe(0b1111_1110);
  });
});

describe('a lesson', () => {
  const steady = taughtBy(...times(8, 'a', 'b')).census;
  const soon = (...ids: string[]) =>
    ids.map((instanceId) =>
      anInstance({ instanceId, receivedAt: START + 7 * 60_000 + 5_000, address: `q/${instanceId}` }),
    );

  it('is no news where everybody answers as ever, but once a minute', () => {
    expect(lessonOf(closedAt(7), steady, soon('a', 'b')).isNews).toBe(false);
    expect(lessonOf(closedAt(8), steady, from(8, 'a', 'b')).isNews).toBe(true);
  });

  it.each([
    ['somebody new', soon('a', 'b', 'c')],
    ['somebody absent', soon('a')],
    ['somebody at another address', [...soon('a'), anInstance({ instanceId: 'b', address: 'q/new' })]],
  ])('is news of %s', (_, answers) => expect(lessonOf(closedAt(7), steady, answers).isNews).toBe(true));

  it('keeps the members that were seen last where there are too many', () => {
    const old = taughtBy(['old']).census;
    const many = Array.from({ length: 1_000 }, (_, index) =>
      anInstance({ instanceId: `i-${index}`, receivedAt: START + 60_500 }),
    );
    const { members } = lessonOf(closedAt(1), old, many).census;
    expect([members.size, members.has('old')]).toEqual([1_000, false]);
  });

  it('keeps no more than an item holds, whatever they are called', () => {
    const many = Array.from({ length: 1_000 }, (_, index) =>
      anInstance({ instanceId: `${index}`.padStart(128, 'i'), address: 'a'.repeat(512), receivedAt: START + 60_500 }),
    );
    const { members } = lessonOf(closedAt(1), noCensus('pricing'), many).census;
    expect(JSON.stringify([...members]).length).toBeLessThan(390 * 1024);
    expect(members.size).toBeGreaterThan(500);
  });
});

it('who is gone is not usual, whatever came before', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), (history) => {
      const member = { history, seenAt: 0 };
      if (isGone(member)) expect(isUsual(member)).toBe(false);
      expect(missedInARow(member) >= 3).toBe(isGone(member));
    }),
  );
});
