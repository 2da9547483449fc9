/** The three jobs as a caller lives them. The same tests run against the local cloud, an emulator or a real account. */
import { describe, expect, it } from 'vitest';
import { ask } from '../support/api.ts';

interface Train {
  readonly region: string;
  readonly operator: string;
  readonly toStation: string;
  readonly typicalMinutes: number;
}

describe('direct-trains', () => {
  it('merges what five regions know, fastest first', async () => {
    const { status, body } = await ask('direct-trains', { from: 'London' });
    const { trains } = body.aggregate as { trains: Train[] };
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'complete', completionReason: 'all-succeeded', coverage: 1, missing: [] });
    expect(body.tasks).toEqual({ expected: 5, succeeded: 5, failed: 0, missing: 0 });
    expect(new Set(trains.map(({ region }) => region)).size).toBe(5);
    expect(new Set(trains.map(({ toStation }) => toStation)).size).toBeGreaterThanOrEqual(150);
    expect(trains.map(({ typicalMinutes }) => typicalMinutes)).toEqual(
      trains.map(({ typicalMinutes }) => typicalMinutes).toSorted((a, b) => a - b),
    );
  });

  it('keeps to those within a time', async () => {
    const { body } = await ask('direct-trains', { from: 'London', withinMinutes: 60 });
    const { trains } = body.aggregate as { trains: Train[] };
    expect(trains.length).toBeGreaterThan(0);
    expect(trains.every(({ typicalMinutes }) => typicalMinutes <= 60)).toBe(true);
  });
});

describe('prime-count', () => {
  it.each([
    [1_000, 1, 168],
    [1_000_000, 16, 78_498],
    [10_000_000, 64, 664_579],
  ])('counts the primes below %i in %i tasks: %i', async (below, tasks, count) => {
    const { body } = await ask('prime-count', { below, tasks });
    expect(body).toMatchObject({ status: 'complete', aggregate: { count } });
  });
});

describe('calibrate', () => {
  it.each([1, 10, 1_000])('folds each of %i tasks exactly once', async (tasks) => {
    const { body } = await ask('calibrate', { tasks, resultBytes: 200 });
    expect(body.tasks).toEqual({ expected: tasks, succeeded: tasks, failed: 0, missing: 0 });
    expect(body.aggregate).toEqual({ tasks, sumOfIndexes: (tasks * (tasks - 1)) / 2, bytes: tasks * 200 });
  });

  it('folds a request of several shards exactly once', async () => {
    const { body } = await ask('calibrate', { tasks: 6_000, resultBytes: 20 });
    expect(body).toMatchObject({ status: 'complete', tasks: { succeeded: 6_000 } });
    expect(body.aggregate).toEqual({ tasks: 6_000, sumOfIndexes: (6_000 * 5_999) / 2, bytes: 120_000 });
  });

  it('says which tasks failed and why, and folds the rest', async () => {
    const { body } = await ask('calibrate', { tasks: 20, failing: 3 });
    expect(body).toMatchObject({ status: 'partial', completionReason: 'all-answered', coverage: 0.85 });
    expect(body.tasks).toEqual({ expected: 20, succeeded: 17, failed: 3, missing: 0 });
    expect(body.failed.map(({ taskIndex, cause }) => [taskIndex, cause])).toEqual([
      [0, 'leaf-error'],
      [1, 'leaf-error'],
      [2, 'leaf-error'],
    ]);
    expect(body.aggregate).toMatchObject({ tasks: 17 });
  });

  it('fails when nothing succeeded, with no aggregate', async () => {
    const { body } = await ask('calibrate', { tasks: 4, failing: 4 });
    expect(body).toMatchObject({ status: 'failed', completionReason: 'all-answered', coverage: 0, aggregate: null });
  });

  it('answers at the deadline with what is known, naming what is missing', async () => {
    const { body } = await ask('calibrate', { tasks: 20, stragglers: 2, stragglerMs: 30_000 }, '?deadlineMs=2000');
    expect(body).toMatchObject({ status: 'partial', completionReason: 'deadline-passed' });
    expect(body.missing).toEqual([
      { taskIndex: 18, cause: 'timed-out' },
      { taskIndex: 19, cause: 'timed-out' },
    ]);
    expect(body.aggregate).toMatchObject({ tasks: 18 });
  });
});
