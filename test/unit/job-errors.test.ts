/** Code of a job that throws closes its request as `failed`, saying where, and never hangs or breaks a read of it. */
import { describe, expect, it } from 'vitest';
import { all, type Completion, when } from '../../shared/core/completion.ts';
import type { Fold, Job } from '../../shared/core/job.ts';
import { type RequestView, requestSchema } from '../../shared/http/schemas.ts';
import { aJob } from '../support/jobs.ts';
import { createStatusWorld, succeeded } from '../support/status-world.ts';

const requestId = '0b54a9f3-6d1e-4c0a-9a6e-0a3f1f4f3c11';
const SHAPES = [
  ['one shard', { expected: 5, shardSize: 5 }],
  ['three shards', { expected: 5, shardSize: 2 }],
] as const;

const throws = (): never => {
  throw new Error('asked to throw');
};

/** A job that adds up its tasks' numbers, but for `changes`. */
const summing = (changes: Partial<Fold<unknown, unknown, unknown>>, completion: Completion<unknown> = all()): Job => {
  const add = (sum: unknown, { value }: { value: unknown }): number => Number(sum) + Number(value);
  const merge = (left: unknown, right: unknown): number => Number(left) + Number(right);
  return aJob({ completion, fold: { empty: () => 0, add, merge, finish: (sum) => sum, ...changes } });
};

async function aRequestOf(job: Job, shape: { expected: number; shardSize: number }) {
  const world = createStatusWorld(job);
  const head = await world.accept(requestId, shape);
  return {
    report: (...indexes: number[]) =>
      world.report(
        head,
        indexes.map((taskIndex) => succeeded(taskIndex)),
      ),
    async read(query = ''): Promise<RequestView> {
      const { status, body } = await world.call(`/v1/requests/${requestId}${query}`);
      expect(status).toBe(200);
      return requestSchema.parse(body);
    },
  };
}

const ERRORS: readonly (readonly [where: string, job: Job])[] = [
  ['fold', summing({ add: throws })],
  ['finish', summing({ finish: throws })],
  ['finish', summing({ finish: () => 10n })],
  ['predicate', summing({}, when(throws))],
  [
    'finish',
    summing(
      { finish: throws },
      when(() => true),
    ),
  ],
  [
    'fold',
    summing(
      { add: throws },
      when(() => true),
    ),
  ],
];

describe.each(SHAPES)('a request of %s whose job throws', (_, shape) => {
  it.each(ERRORS)('closes as failed, with the cause: in %s (%#)', async (where, job) => {
    const { report, read } = await aRequestOf(job, shape);
    await report(0, 1);
    await report(2, 3, 4);
    const { status, completionReason, aggregate, error, tasks } = await read();
    expect({ status, completionReason, aggregate }).toEqual({
      ...{ status: 'failed', completionReason: 'job-error', aggregate: null },
    });
    expect(error).toEqual({ where, message: expect.stringMatching(/asked to throw|BigInt/) });
    expect(tasks.succeeded + tasks.failed + tasks.missing).toBe(5);
  });

  it('closes at its first success where its predicate throws, though the rest never comes', async () => {
    const { report, read } = await aRequestOf(summing({}, when(throws)), shape);
    await report(0, 1);
    expect(await read()).toMatchObject({ status: 'failed', error: { where: 'predicate' } });
  });

  it.each(ERRORS.slice(0, 3))('is read in part while it runs, with the error: in %s (%#)', async (where, job) => {
    const { report, read } = await aRequestOf(job, shape);
    await report(0, 1);
    expect(await read('?partial=true')).toMatchObject({
      ...{ status: 'running', aggregate: null, tasks: { succeeded: 2, missing: 3 } },
      error: { where, message: expect.stringMatching(/asked to throw|BigInt/) },
    });
  });
});

describe('a request of three shards', () => {
  const shape = SHAPES[1][1];

  it.each([
    ['a merge that throws', { merge: throws }],
    ['an accumulator that JSON cannot hold', { add: () => 10n }],
  ])('fails for %s, and says so while it runs', async (_, changes) => {
    const { report, read } = await aRequestOf(summing(changes), shape);
    await report(0, 1, 2, 3);
    expect(await read('?partial=true')).toMatchObject({ status: 'running', aggregate: null, error: { where: 'fold' } });
    await report(4);
    expect(await read()).toMatchObject({ status: 'failed', completionReason: 'job-error', error: { where: 'fold' } });
  });
});
