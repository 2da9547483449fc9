import { describe, expect, test } from 'vitest';
import type { TaskEnvelope } from '../../shared/core/envelope.ts';
import { createPacker, packEnvelopes, ride, ridersOf } from '../../shared/core/pack.ts';
import { aHeader } from '../support/builders.ts';

const tasks = (count: number, leaf = 'one') =>
  Array.from({ length: count }, (_, taskIndex) => ({ taskIndex, leaf, payload: taskIndex }));
const header = aHeader({ expected: 10, shardSize: 4 });
const ridersIn = (envelopes: readonly TaskEnvelope[]): number[][] =>
  envelopes.map((envelope) => envelope.tasks.map(({ taskIndex }) => taskIndex));

describe('packing', () => {
  test('tasks ride in order, so many a message, never across shards', () => {
    const envelopes = packEnvelopes(header, tasks(10), { tasksPerMessage: 3, attempt: 2, replyTo: 'queue' });
    expect(ridersIn(envelopes)).toEqual([[0, 1, 2], [3], [4, 5, 6], [7], [8, 9]]);
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

  test('tasks of a chosen instance ride together, apart from those of others and of none', () => {
    const [a, b] = [{ instance: 'a' }, { instance: 'b' }];
    const mixed = tasks(4).map((task, index) => ({ ...task, ...[{}, a, b, a][index] }));
    const envelopes = packEnvelopes(header, mixed, { tasksPerMessage: 9, attempt: 1, replyTo: 'queue' });
    expect(envelopes.map(({ instance, tasks: [first, ...more] }) => [instance, first, more.length])).toEqual([
      [undefined, { taskIndex: 0, payload: 0 }, 0],
      ['a', { taskIndex: 1, payload: 1 }, 1],
      ['b', { taskIndex: 2, payload: 2 }, 0],
    ]);
  });

  test('a task whose payload is kept outside rides alone, since its leaf is to hold it', () => {
    const claim = { sha256: 'ab'.repeat(32), bytes: 300_000, days: 1 } as const;
    const some = tasks(4).map((task) => (task.taskIndex === 1 ? { taskIndex: 1, leaf: 'one', claim } : task));
    const envelopes = packEnvelopes(header, some, { tasksPerMessage: 9, attempt: 1, replyTo: 'queue' });
    expect(envelopes.map(({ tasks: riders }) => riders.map(({ taskIndex }) => taskIndex))).toEqual([[0], [1], [2, 3]]);
    expect(envelopes[1]?.tasks).toEqual([{ taskIndex: 1, claim }]);
  });

  test('tasks out of order never ride across shards either', () => {
    const [a, b, c, d] = tasks(10).filter(({ taskIndex }) => [0, 1, 5, 6].includes(taskIndex));
    const shuffled = [a, c, b, d].filter((task) => task !== undefined);
    const envelopes = packEnvelopes(header, shuffled, { tasksPerMessage: 9, attempt: 2, replyTo: 'queue' });
    expect(ridersIn(envelopes)).toEqual([[0], [5], [1], [6]]);
  });

  test('an entry larger than a group rides alone', () => {
    expect(ride(['small', 'x'.repeat(100), 'small', 'small'], 9, 50)).toEqual([
      ['small'],
      ['x'.repeat(100)],
      ['small', 'small'],
    ]);
  });
});

describe('a packer', () => {
  const options = { tasksPerMessage: 2, attempt: 1, replyTo: 'queue' };

  test('gives back a message as the task comes that it has no room for, and holds no more than one a leaf', () => {
    const packer = createPacker(header, options);
    const given = tasks(6).map((task) => ridersIn(packer.add(task)));
    expect(given).toEqual([[], [], [[0, 1]], [], [[2, 3]], []]);
    expect(ridersIn(packer.rest())).toEqual([[4, 5]]);
    expect(packer.rest()).toEqual([]);
  });

  test('begins anew with each shard, whichever the first is', () => {
    const packer = createPacker(header, options);
    const [, , , , , five, , , eight] = tasks(9);
    expect(five && packer.add(five)).toEqual([]);
    expect(eight && ridersIn(packer.add(eight))).toEqual([[5]]);
    expect(ridersIn(packer.rest())).toEqual([[8]]);
  });

  test('of larger payloads puts fewer into a message', () => {
    const packer = createPacker(header, { ...options, tasksPerMessage: 9 });
    const large = tasks(3).map((task) => ({ ...task, payload: 'x'.repeat(100_000) }));
    expect(large.map((task) => ridersIn(packer.add(task)))).toEqual([[], [], [[0, 1]]]);
  });
});

describe('how many tasks ride in a message', () => {
  test('is what the job says', () => {
    expect(ridersOf({ tasksPerMessage: 7 }, 1)).toBe(7);
    expect(ridersOf({ tasksPerMessage: 7 }, 1_000_000)).toBe(7);
  });

  test.for([
    [1, 1],
    [100, 1],
    [101, 2],
    [1_000, 10],
    [2_400, 24],
    [2_401, 25],
    [1_000_000, 25],
  ] as const)('with auto, of %i tasks: %i', ([expected, riders]) => {
    expect(ridersOf({ tasksPerMessage: 'auto' }, expected)).toBe(riders);
  });
});
