import { describe, expect, test } from 'vitest';
import { defineJob, type Job, type Task } from '../../shared/core/job.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { labelsOf, packEnvelopes, ride, splitTasks } from '../../shared/core/split.ts';
import { aHeader } from '../support/builders.ts';
import { aJob } from '../support/jobs.ts';

const splitting = (split: (input: unknown) => Iterable<Task<unknown>>): Job =>
  aJob({ split, leaves: { one: {}, two: {} } });

describe('splitting', () => {
  test('tasks are numbered in order; one that names no leaf goes to the first', () => {
    const job = splitting(() => [{ payload: 'a' }, { payload: 'b', leaf: 'two', label: 'bee' }]);
    expect(splitTasks(job, {})).toEqual([
      { taskIndex: 0, leaf: 'one', payload: 'a' },
      { taskIndex: 1, leaf: 'two', label: 'bee', payload: 'b' },
    ]);
  });

  test('an input that yields nothing is refused', () => {
    expect(
      splitTasks(
        splitting(() => []),
        {},
      ),
    ).toMatchObject({ refused: 'no-task', limit: 1 });
  });

  test('a split that never ends is refused at the limit, and left', () => {
    let left = false;
    const job = splitting(function* () {
      try {
        for (;;) yield { payload: 1 };
      } finally {
        left = true;
      }
    });
    expect(splitTasks(job, {})).toMatchObject({ refused: 'too-many-tasks', limit: LIMITS.tasksPerRequest });
    expect(left).toBe(true);
  });

  test('as many tasks as the limit says are taken', () => {
    const job = splitting(() => Array.from({ length: LIMITS.tasksPerRequest }, () => ({ payload: 1 })));
    expect(splitTasks(job, {})).toHaveLength(LIMITS.tasksPerRequest);
  });

  test.for(['three', 'toString', '__proto__'])('a leaf that the job has not is refused: %s', (leaf) => {
    expect(
      splitTasks(
        splitting(() => [{ payload: 1, leaf }]),
        {},
      ),
    ).toMatchObject({ refused: 'unknown-leaf' });
  });

  test('a payload over the limit is refused, one at the limit is not', () => {
    const sized = (bytes: number) =>
      splitTasks(
        splitting(() => [{ payload: 'x'.repeat(bytes - 2) }]),
        {},
      );
    expect(sized(LIMITS.payloadBytes)).toHaveLength(1);
    expect(sized(LIMITS.payloadBytes + 1)).toMatchObject({ refused: 'payload-too-large', limit: LIMITS.payloadBytes });
  });

  test.for([new Error('boom'), 'boom', Symbol('boom'), Object.create(null), undefined])(
    'a throw is a refusal: %#',
    (thrown) => {
      const job = splitting(() => {
        throw thrown;
      });
      expect(splitTasks(job, {})).toMatchObject({
        refused: 'split-threw',
        message: expect.stringMatching(/^cannot be split: /),
      });
    },
  );

  test('so is whatever is no list of tasks', () => {
    for (const tasks of [undefined, 7, [null]])
      expect(
        splitTasks(
          splitting(() => tasks as never),
          {},
        ),
      ).toMatchObject({ refused: 'split-threw' });
  });

  test('a label is cut to its limit', () => {
    const [task] = splitTasks(
      splitting(() => [{ payload: 1, label: 'x'.repeat(999) }]),
      {},
    ) as { label: string }[];
    expect(task?.label).toHaveLength(LIMITS.labelLength);
  });

  test('labels are found again by splitting again, no further than asked', () => {
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

  test('a throw while looking for labels leaves those that were found', () => {
    const job = splitting(function* () {
      yield { payload: 1, label: 'first' };
      throw new Error('boom');
    });
    expect(labelsOf(job, {}, [0, 1])).toEqual(new Map([[0, 'first']]));
  });
});

describe('packing', () => {
  const tasks = (count: number, leaf = 'one') =>
    Array.from({ length: count }, (_, taskIndex) => ({ taskIndex, leaf, payload: taskIndex }));
  const header = aHeader({ expected: 10, shardSize: 4 });

  test('tasks ride in order, so many a message, never across shards', () => {
    const envelopes = packEnvelopes(header, tasks(10), { tasksPerMessage: 3, attempt: 2, replyTo: 'queue' });
    const riders = envelopes.map((envelope) => envelope.tasks.map(({ taskIndex }) => taskIndex));
    expect(riders).toEqual([[0, 1, 2], [3], [4, 5, 6], [7], [8, 9]]);
    expect(envelopes[0]).toMatchObject({ attempt: 2, replyTo: 'queue', leaf: 'one', resultsToken: 'token' });
  });

  test('tasks of different leaves never ride together', () => {
    const mixed = tasks(4).map((task) => ({ ...task, leaf: task.taskIndex % 2 ? 'one' : 'two' }));
    const envelopes = packEnvelopes(header, mixed, { tasksPerMessage: 9, attempt: 1, replyTo: 'queue' });
    const riders = envelopes.map(({ leaf, tasks }) => [leaf, ...tasks.map(({ taskIndex }) => taskIndex)]);
    expect(riders).toEqual([
      ['two', 0, 2],
      ['one', 1, 3],
    ]);
  });

  test('an entry larger than a group rides alone', () => {
    expect(ride(['small', 'x'.repeat(100), 'small', 'small'], 9, 50)).toEqual([
      ['small'],
      ['x'.repeat(100)],
      ['small', 'small'],
    ]);
  });

  test('a job that is defined splits as it was written', () => {
    const job = defineJob({
      ...aJob({}),
      split: (tasks: unknown) => Array.from({ length: Number(tasks) }, () => ({ payload: 0 })),
    });
    expect(splitTasks(job as unknown as Job, 3)).toHaveLength(3);
  });
});
