import { describe, expect, test } from 'vitest';
import { SplitError } from '../../shared/core/errors.ts';
import { external, type Job, type Task } from '../../shared/core/job.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { labelsOf, type NumberedTask, surveyTasks, tasksIn } from '../../shared/core/split.ts';
import { aJob } from '../support/jobs.ts';

const splitting = (split: (input: unknown) => Iterable<Task<unknown>>): Job =>
  aJob({ split, leaves: { one: {}, two: {} } });

const survey = (split: (input: unknown) => Iterable<Task<unknown>>) => surveyTasks(splitting(split), {});

/** A split of `count` tasks that notes how many were asked of it, and whether it was left properly. */
function counted(count: number) {
  const seen = { yielded: 0, left: false };
  const job = splitting(function* () {
    try {
      for (let index = 0; index < count; index++) {
        seen.yielded++;
        yield { payload: index, label: `task ${index}` };
      }
    } finally {
      seen.left = true;
    }
  });
  return { job, seen };
}

describe('a survey', () => {
  test('counts the tasks', () => {
    expect(survey(() => [{ payload: 'a' }, { payload: 'b', leaf: 'two' }])).toEqual({ expected: 2 });
  });

  test.each([
    ['a leaf of the stack', { leaf: 'own', instance: 'i-1' }],
    ['a name that can be none', { leaf: 'theirs', instance: 'a/b' }],
    ['no name at all', { leaf: 'theirs', instance: '' }],
  ])('refuses a task for an instance by %s', (_, task) => {
    const job = aJob({
      split: () => [{ payload: 1, ...task }],
      leaves: { own: {}, theirs: external({ service: 'pricing' }) },
    });
    expect(surveyTasks(job, {})).toMatchObject({ refused: 'no-instance' });
  });

  test('takes a task for an instance of an external leaf', () => {
    const job = aJob({
      split: () => [{ payload: 1, instance: 'i-1' }],
      leaves: { theirs: external({ service: 'pricing' }) },
    });
    expect(surveyTasks(job, {})).toEqual({ expected: 1 });
    const [task] = tasksIn(job, {}, { from: 0, size: 1 });
    expect(task).toEqual({ taskIndex: 0, leaf: 'theirs', instance: 'i-1', payload: 1 });
  });

  test('keeps none of a million tasks', () => {
    let most = 0;
    const before = process.memoryUsage().heapUsed;
    const job = splitting(function* () {
      for (let index = 0; index < LIMITS.tasksPerRequest; index++) {
        if (index % 10_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
        yield { payload: `${index}`.repeat(100) };
      }
    });
    expect(surveyTasks(job, {})).toEqual({ expected: LIMITS.tasksPerRequest });
    expect(most).toBeLessThan(100 * 1024 * 1024);
  });

  test('of an input that yields nothing is refused', () => {
    expect(survey(() => [])).toMatchObject({ refused: 'no-task', limit: 1 });
  });

  test('of a split that never ends is refused at the limit, and left', () => {
    const { job, seen } = counted(Number.POSITIVE_INFINITY);
    expect(surveyTasks(job, {})).toMatchObject({ refused: 'too-many-tasks', limit: LIMITS.tasksPerRequest });
    expect(seen).toEqual({ yielded: LIMITS.tasksPerRequest + 1, left: true });
  });

  test('takes as many tasks as the job may have, and no more', () => {
    const upTo = (maxTasks: number, tasks: number) => surveyTasks({ ...counted(tasks).job, maxTasks }, {});
    expect(upTo(3, 3)).toEqual({ expected: 3 });
    expect(upTo(3, 4)).toMatchObject({ refused: 'too-many-tasks', limit: 3 });
  });

  test.for(['three', 'toString', '__proto__'])('refuses a leaf that the job has not: %s', (leaf) => {
    expect(survey(() => [{ payload: 1, leaf }])).toMatchObject({ refused: 'unknown-leaf' });
  });

  test('refuses a payload over the limit, not one at the limit', () => {
    const sized = (bytes: number) => survey(() => [{ payload: 'x'.repeat(bytes - 2) }]);
    expect(sized(LIMITS.claimBytes)).toEqual({ expected: 1 });
    expect(sized(LIMITS.claimBytes + 1)).toMatchObject({ refused: 'payload-too-large', limit: LIMITS.claimBytes });
  });

  test.for([new Error('boom'), 'boom', Symbol('boom'), Object.create(null), undefined])(
    'refuses what throws: %#',
    (thrown) => {
      const throwing = () => {
        throw thrown;
      };
      expect(survey(throwing)).toMatchObject({
        refused: 'split-threw',
        message: expect.stringMatching(/^cannot be split: /),
      });
    },
  );

  test('refuses whatever is no list of tasks', () => {
    const odd = [undefined, 7, [null], [{ payload: 1, label: 7 }], [{ payload: 1n }]];
    for (const tasks of odd) expect(survey(() => tasks as never)).toMatchObject({ refused: 'split-threw' });
  });
});

describe('the tasks of a range', () => {
  test('are numbered in order; one that names no leaf goes to the first', () => {
    const job = splitting(() => [{ payload: 'a' }, { payload: 'b', leaf: 'two', label: 'bee' }]);
    expect([...tasksIn(job, {}, { from: 0, size: 2 })]).toEqual([
      { taskIndex: 0, leaf: 'one', payload: 'a' },
      { taskIndex: 1, leaf: 'two', label: 'bee', payload: 'b' },
    ]);
  });

  test('keep the numbers they have in the whole', () => {
    const tasks = [...tasksIn(counted(10).job, {}, { from: 4, size: 3 })];
    expect(tasks.map(({ taskIndex, payload }) => [taskIndex, payload])).toEqual([
      [4, 4],
      [5, 5],
      [6, 6],
    ]);
  });

  test('are asked of the split one at a time, and nothing after the last; the split is left', () => {
    const { job, seen } = counted(LIMITS.tasksPerRequest);
    const tasks = tasksIn(job, {}, { from: 100, size: 50 });
    expect(seen.yielded).toBe(0);
    expect(tasks.next().value).toMatchObject({ taskIndex: 100 });
    expect(seen.yielded).toBe(101);
    expect([...tasks]).toHaveLength(49);
    expect(seen).toEqual({ yielded: 150, left: true });
  });

  test('of the last range end where the tasks end', () => {
    expect([...tasksIn(counted(7).job, {}, { from: 6, size: 1 })]).toMatchObject([{ taskIndex: 6 }]);
  });

  test('that are not there any more are an error of the split', () => {
    const range = { from: 3, size: 3 };
    expect(() => [...tasksIn(counted(5).job, {}, range)]).toThrow(SplitError);
    expect(() => [...tasksIn(counted(2).job, {}, range)]).toThrow(/only 2 tasks/);
  });

  test('that the split now throws on are an error of the split', () => {
    const job = splitting(function* () {
      yield { payload: 1 };
      throw new Error('boom');
    });
    const tasks: NumberedTask[] = [];
    const take = () => {
      for (const task of tasksIn(job, {}, { from: 0, size: 2 })) tasks.push(task);
    };
    expect(take).toThrow(SplitError);
    expect(take).toThrow('boom');
    expect(tasks[0]).toMatchObject({ taskIndex: 0 });
  });

  test('that break a rule now are an error of the split', () => {
    const job = splitting(() => [{ payload: 1, leaf: 'gone' }]);
    expect(() => [...tasksIn(job, {}, { from: 0, size: 1 })]).toThrow(SplitError);
  });

  test('have their labels cut to the limit', () => {
    const job = splitting(() => [{ payload: 1, label: 'x'.repeat(999) }]);
    const [task] = [...tasksIn(job, {}, { from: 0, size: 1 })];
    expect(task?.label).toHaveLength(LIMITS.labelLength);
  });
});

describe('labels', () => {
  test('are found again by splitting again, no further than asked', () => {
    let yielded = 0;
    const job = splitting(function* () {
      for (;;) yield { payload: 1, label: `task ${yielded++}` };
    });
    expect(labelsOf(job, {}, [1, 3])).toEqual(
      new Map([
        [1, 'task 1'],
        [3, 'task 3'],
      ]),
    );
    expect(yielded).toBe(4);
  });

  test('that were found before a throw are left', () => {
    const job = splitting(function* () {
      yield { payload: 1, label: 'first' };
      throw new Error('boom');
    });
    expect(labelsOf(job, {}, [0, 1])).toEqual(new Map([[0, 'first']]));
  });
});
