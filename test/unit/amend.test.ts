/** Late results: what they add to an answer, and what they never change. */
import { describe, expect, test } from 'vitest';
import { aggregate } from '../../functions/aggregator/aggregate.ts';
import { quorum } from '../../shared/core/completion.ts';
import type { TaskResult } from '../../shared/core/envelope.ts';
import type { Head } from '../../shared/core/gathering.ts';
import { amend, graceOf } from '../../shared/core/late.ts';
import { closeRequest } from '../../shared/gathering/close.ts';
import { readAnswer } from '../../shared/gathering/read-answer.ts';
import { aFailure, aHeader, aSuccess } from '../support/builders.ts';
import { aJob, type JobChanges } from '../support/jobs.ts';
import { aWorkshop, registered } from '../support/workshop.ts';

const GRACE_MS = 5_000;
const DEADLINE_AT = 21_000;
/** Of a task whose results no head takes in, and of one whose results it does. */
const SIZES = [
  ['beside the head', 'x'.repeat(400)],
  ['inside the head', ''],
] as const;

async function closedWith(
  first: readonly TaskResult[],
  { job = {}, head = {} }: { readonly job?: JobChanges; readonly head?: Partial<Head> } = {},
) {
  const workshop = aWorkshop(aJob({ late: amend({ graceMs: GRACE_MS }), maxTasks: 3, ...job }), DEADLINE_AT - 1);
  const { store, clock, telemetry } = workshop;
  await registered(store, { graceMs: GRACE_MS, input: { value: null }, ...head });
  const late = (...results: TaskResult[]) =>
    aggregate(workshop, [{ ...aHeader({ expiresAt: DEADLINE_AT + 60_000 }), results }]);
  if (first.length > 0) await late(...first);
  clock.passTo(DEADLINE_AT);
  await closeRequest(workshop, 'request', 'deadline-passed');
  const answer = async (version?: number) => {
    const current = await store.readHead('request', clock.now());
    return current && readAnswer(workshop, current, version ?? current.version);
  };
  return { ...workshop, late, answer, telemetry };
}

describe.each(SIZES)('results that come within the grace, kept %s', (_, bulk) => {
  const success = (taskIndex: number, value: unknown = taskIndex): TaskResult =>
    aSuccess(taskIndex, { value: [value, bulk] });

  test('make a version each, of what is in by then; version 1 stays', async () => {
    const { late, answer, telemetry } = await closedWith([success(0)]);
    const first = await answer();
    expect(first).toMatchObject({ version: 1, status: 'partial', completionReason: 'deadline-passed' });
    await late(success(2));
    expect(await answer()).toMatchObject({
      ...{ version: 2, status: 'partial', completionReason: 'deadline-passed', closedAt: DEADLINE_AT },
      ...{ amendedAt: DEADLINE_AT, tasks: { expected: 3, succeeded: 2, failed: 0, missing: 1 } },
      ...{
        missing: [{ taskIndex: 1, label: 'task 2', cause: 'timed-out' }],
        aggregate: [
          [0, bulk],
          [2, bulk],
        ],
      },
    });
    await late(success(1));
    expect(await answer()).toMatchObject({
      ...{ version: 3, status: 'complete', completionReason: 'all-succeeded', missing: [] },
      aggregate: [
        [0, bulk],
        [1, bulk],
        [2, bulk],
      ],
    });
    expect(await answer(1)).toEqual(first);
    expect([telemetry.counted('ResultsAmended'), telemetry.counted('ResultsLate')]).toEqual([2, 0]);
  });

  test('change nothing when they say what is known, and a success keeps its value', async () => {
    const { late, answer, telemetry } = await closedWith([success(0), aFailure(1)]);
    await late(success(0, 'another'), aFailure(1));
    expect(await answer()).toMatchObject({ version: 1 });
    await late(success(0, 'another'), success(2));
    expect(await answer()).toMatchObject({
      version: 2,
      aggregate: [
        [0, bulk],
        [2, bulk],
      ],
    });
    expect([telemetry.counted('ResultsAmended'), telemetry.counted('ResultsLate')]).toEqual([1, 2]);
  });

  test('turn a failure into a success, never the other way round', async () => {
    const { late, answer } = await closedWith([success(0), aFailure(1)]);
    await late(aFailure(0), success(1), aFailure(2));
    expect(await answer()).toMatchObject({
      ...{ version: 2, status: 'partial', completionReason: 'all-answered' },
      ...{ tasks: { succeeded: 2, failed: 1, missing: 0 }, failed: [{ taskIndex: 2 }] },
      aggregate: [
        [0, bulk],
        [1, bulk],
      ],
    });
  });

  test('are late once the grace is over, to the millisecond', async () => {
    const { late, answer, clock, telemetry } = await closedWith([success(0)]);
    clock.passTo(DEADLINE_AT + GRACE_MS - 1);
    await late(success(1));
    clock.passTo(DEADLINE_AT + GRACE_MS);
    await late({ ...success(2), tookMs: 70 });
    expect(await answer()).toMatchObject({ version: 2, tasks: { succeeded: 2 } });
    expect([telemetry.counted('ResultsLate'), telemetry.counted('WastedLeafMs')]).toEqual([1, 70]);
  });
});

test('a quorum that was reached stays the reason while more comes in', async () => {
  const { late, answer } = await closedWith([aSuccess(0)], { head: { policy: quorum(1), lookAt: 1 } });
  expect(await answer()).toMatchObject({ version: 1, completionReason: 'quorum-reached' });
  await late(aSuccess(1));
  expect(await answer()).toMatchObject({ version: 2, status: 'complete', completionReason: 'quorum-reached' });
});

test('racing aggregators make one version each, and lose nothing', async () => {
  const { late, answer } = await closedWith([]);
  await Promise.all([0, 1, 2].map((taskIndex) => late(aSuccess(taskIndex))));
  const last = await answer();
  expect(last).toMatchObject({ status: 'complete', aggregate: [0, 1, 2] });
  const versions = await Promise.all(Array.from({ length: last?.version ?? 0 }, (_, index) => answer(index + 1)));
  const sizes = versions.map((version) => version?.tasks.succeeded ?? -1);
  expect(sizes).toEqual([...new Set(sizes)].sort());
});

test('a version that somebody kept, and died, is put in force by whoever comes next', async () => {
  const { late, answer, store } = await closedWith([]);
  const { publishAmended } = store;
  store.publishAmended = () => Promise.reject(new Error('died'));
  await expect(late(aSuccess(0))).rejects.toThrow('died');
  expect(await answer()).toMatchObject({ version: 1 });
  store.publishAmended = publishAmended;
  await late(aSuccess(1));
  expect([await answer(2), await answer()]).toMatchObject([
    { version: 2, aggregate: [0] },
    { version: 3, aggregate: [0, 1] },
  ]);
});

test.each([
  ['cancelled', 'cancelled', {}],
  ['failed for the job', 'job-error', { error: { where: 'split', message: 'no' } }],
] as const)('a request that was %s is not amended', async (_, reason, evidence) => {
  const workshop = aWorkshop(aJob({}), 2_000);
  await registered(workshop.store, { graceMs: GRACE_MS, input: { value: null } });
  await closeRequest(workshop, 'request', reason, evidence);
  await aggregate(workshop, [{ ...aHeader(), results: [aSuccess(0)] }]);
  expect(await workshop.store.readHead('request', 0)).toMatchObject({ version: 1 });
  expect(workshop.telemetry.counted('ResultsLate')).toBe(1);
});

test('a request whose job drops late results is not amended', async () => {
  const { late, store, telemetry } = await closedWith([aSuccess(0)], { head: { graceMs: undefined as never } });
  await late(aSuccess(1));
  expect(await store.readHead('request', 0)).toMatchObject({ version: 1 });
  expect(telemetry.counted('ResultsLate')).toBe(1);
});

test('an answer stands that the job could not fold what came late into', async () => {
  const finish = (values: unknown) => {
    if ((values as unknown[]).includes(1)) throw new Error('not 1');
    return values;
  };
  const fold = { ...aJob({}).fold, finish };
  const { late, answer, telemetry } = await closedWith([aSuccess(0)], { job: { fold } });
  await late(aSuccess(1));
  expect(await answer()).toMatchObject({ version: 1, aggregate: [0] });
  expect(telemetry.counted('ResultsLate')).toBe(1);
});

test('only a request of one shard can be amended', () => {
  const late = amend({ graceMs: GRACE_MS });
  expect(graceOf(late, { expected: 3, shardSize: 3 })).toEqual({ graceMs: GRACE_MS });
  expect(graceOf(late, { expected: 4, shardSize: 3 })).toEqual({});
});
