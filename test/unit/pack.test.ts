import { describe, expect, test } from 'vitest';
import { packEnvelopes, ride } from '../../shared/core/pack.ts';
import { aHeader } from '../support/builders.ts';

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
});
