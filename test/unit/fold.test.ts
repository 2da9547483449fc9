import { describe, expect, test } from 'vitest';
import { all, when } from '../../shared/core/completion.ts';
import { accumulate, attempt, finish, mergeAll, predicateMet } from '../../shared/core/fold.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { aSuccess } from '../support/builders.ts';
import { aJob } from '../support/jobs.ts';

const job = aJob({});
const boom = (): never => {
  throw new Error('boom');
};
const failing = (part: 'empty' | 'add' | 'merge' | 'finish') => aJob({ fold: { ...job.fold, [part]: boom } });

test('results are added in the order they are given in', () => {
  expect(accumulate(job, [aSuccess(0), aSuccess(2), aSuccess(1)])).toEqual({ value: [0, 2, 1] });
  expect(accumulate(job, [])).toEqual({ value: [] });
});

test('ranges are merged in the order they are given in', () => {
  expect(mergeAll(job, [{ value: [0] }, { value: [2] }, { value: [1] }])).toEqual({ value: [0, 2, 1] });
  expect(mergeAll(job, [])).toEqual({ value: [] });
});

test('one range needs no merge', () => {
  expect(mergeAll(failing('merge'), [{ value: [7] }])).toEqual({ value: [7] });
});

test('the first error of several ranges is the error of all', () => {
  const error = (message: string) => ({ error: { where: 'fold' as const, message } });
  expect(mergeAll(job, [{ value: [1] }, error('first'), error('second')])).toEqual(error('first'));
});

describe("a throw of the job's own code says where", () => {
  test('in fold', () => {
    for (const part of ['empty', 'add'] as const)
      expect(accumulate(failing(part), [aSuccess(0)])).toEqual({ error: { where: 'fold', message: 'boom' } });
    expect(mergeAll(failing('merge'), [{ value: 1 }, { value: 2 }])).toEqual({
      error: { where: 'fold', message: 'boom' },
    });
  });

  test('in finish', () => {
    expect(finish(failing('finish'), { value: 1 })).toEqual({ error: { where: 'finish', message: 'boom' } });
  });

  test('in a predicate', () => {
    expect(predicateMet(aJob({ completion: when(boom) }), { value: [] })).toEqual({
      error: { where: 'predicate', message: 'boom' },
    });
  });

  test('cut to what may travel', () => {
    const thrown = attempt('fold', () => {
      throw new Error('x'.repeat(9_999));
    });
    expect(thrown).toMatchObject({ error: { message: 'x'.repeat(LIMITS.messageLength) } });
  });

  test('whatever was thrown', () => {
    for (const thrown of [undefined, Symbol('x'), Object.create(null)])
      expect(attempt('fold', () => Promise.reject.call(undefined, thrown))).toHaveProperty('error');
  });
});

describe('an aggregate', () => {
  const finishing = (value: unknown) => finish(aJob({ fold: { ...job.fold, finish: () => value } }), { value: [] });

  test("is JSON's own view of it", () => {
    expect(finishing({ at: new Date(0), nothing: undefined })).toEqual({ value: { at: '1970-01-01T00:00:00.000Z' } });
    expect(finishing(undefined)).toEqual({ value: null });
  });

  test('that JSON cannot hold is an error in finish', () => {
    const round: Record<string, unknown> = {};
    round.round = round;
    for (const value of [round, 1n]) expect(finishing(value)).toMatchObject({ error: { where: 'finish' } });
  });

  test('is measured in bytes, whatever it is written in', () => {
    const wide = '語'.repeat(LIMITS.aggregateBytes / 2);
    expect(finishing(wide)).toMatchObject({ error: { where: 'finish', message: expect.stringContaining('bytes') } });
    expect(finishing('x'.repeat(LIMITS.aggregateBytes / 2))).toHaveProperty('value');
  });

  test('over the limit is an error in finish, and says both numbers', () => {
    const message = expect.stringMatching(new RegExp(`${LIMITS.aggregateBytes + 3} .* ${LIMITS.aggregateBytes}`));
    expect(finishing('x'.repeat(LIMITS.aggregateBytes + 1))).toEqual({ error: { where: 'finish', message } });
  });

  test('of an error is that error', () => {
    const error = { error: { where: 'fold' as const, message: 'boom' } };
    expect(finish(job, error)).toBe(error);
  });
});

describe('a predicate', () => {
  const two = aJob({ completion: when((list) => (list as unknown[]).length >= 2) });

  test('sees the partial aggregate', () => {
    expect(predicateMet(two, { value: [1] })).toEqual({ value: false });
    expect(predicateMet(two, { value: [1, 2] })).toEqual({ value: true });
  });

  test('of another completion is never met', () => {
    expect(predicateMet(aJob({ completion: all() }), { value: [1, 2] })).toEqual({ value: false });
  });
});
