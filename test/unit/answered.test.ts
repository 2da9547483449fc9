/** What an environment of a leaf remembers to have answered, and what comes again to it. */
import { describe, expect, it } from 'vitest';
import { type Answering, answer } from '../../functions/leaf/answer.ts';
import { createAnswered } from '../../functions/leaf/answered.ts';
import { systemTimers } from '../../shared/aws/system.ts';
import type { LeafResult, TaskEnvelope } from '../../shared/core/envelope.ts';
import { scatter } from '../../shared/core/job.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { createMemoryClaims } from '../../simulation/ports/memory-claims.ts';
import { aFailure, aHeader, aSuccess } from '../support/builders.ts';
import { capturedTelemetry, fakeClock } from '../support/fakes.ts';

const message = (taskIndexes: readonly number[], changes: Partial<TaskEnvelope> = {}): TaskEnvelope => ({
  ...{ ...aHeader(), attempt: 1, replyTo: 'home' },
  tasks: taskIndexes.map((taskIndex) => ({ taskIndex, payload: taskIndex })),
  ...changes,
});

/** An environment of a leaf, whose queue may refuse what it is sent; a task may be asked to answer with something else. */
function anEnvironment({ unruly = {} }: { unruly?: Readonly<Record<number, () => unknown>> } = {}) {
  const clock = fakeClock(aHeader().acceptedAt);
  const runs: number[] = [];
  const sent: number[] = [];
  const telemetry = capturedTelemetry();
  let refuses: (results: readonly LeafResult[]) => boolean = () => false;
  const answering: Answering = {
    leaf(payload) {
      const task = payload as number;
      runs.push(task);
      return unruly[task]?.() ?? task;
    },
    results: {
      async send(_, { results }) {
        if (refuses(results)) throw new Error('no queue');
        sent.push(...results.map(({ taskIndex }) => taskIndex));
      },
    },
    ...{ clock, telemetry, timers: systemTimers, claims: createMemoryClaims(clock), retentionMs: 3_600_000 },
    answered: createAnswered(),
  };
  return {
    /** Refuses from now on what `its` says. */
    refuse(its: typeof refuses) {
      refuses = its;
    },
    handed: (...envelopes: TaskEnvelope[]) => answer(answering, envelopes, clock.now() + 30_000),
    runs: () => runs.splice(0),
    sent: () => sent.splice(0),
    logged: telemetry.logged,
  };
}

describe('a task that comes again', () => {
  it('to an environment that sent its result home is neither done nor answered', async () => {
    const { handed, runs, sent, logged } = anEnvironment();
    await handed(message([0, 1]));
    expect([runs(), sent()]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(logged).toEqual([]);
    expect(await handed(message([0, 1]))).toEqual([]);
    expect([runs(), sent()]).toEqual([[], []]);
    expect(logged).toEqual(['answered before']);
  });

  it('among others is left out', async () => {
    const { handed, sent } = anEnvironment();
    await handed(message([0, 1]));
    await handed(message([1, 2]), message([0, 3]));
    expect(sent()).toEqual([0, 1, 2, 3]);
  });

  it('in one batch is done once', async () => {
    const { handed, runs, sent } = anEnvironment();
    expect(await handed(message([0, 1]), message([0, 1]), message([1, 2]))).toEqual([]);
    expect([runs(), sent()]).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });

  it.each([
    ['as another attempt', { attempt: 2 }],
    ['as a copy', { hedge: true as const }],
    ['under another token', { resultsToken: 'guess' }],
    ['in another request', { requestId: 'another' }],
    ['under another shape', { shardSize: 2 }],
  ])('%s is done', async (_, changes) => {
    const { handed, runs } = anEnvironment();
    await handed(message([0]));
    await handed(message([0], changes));
    expect(runs()).toEqual([0, 0]);
  });

  it('to another environment is done, and answered', async () => {
    const environments = [anEnvironment(), anEnvironment()];
    for (const { handed } of environments) await handed(message([0]));
    expect(environments.flatMap(({ sent }) => sent())).toEqual([0, 0]);
  });

  it('after its result was refused is done again, and answered', async () => {
    const { handed, refuse, runs, sent } = anEnvironment();
    const twice = [message([0]), message([0])];
    refuse(() => true);
    expect(await handed(...twice)).toEqual(twice);
    refuse(() => false);
    expect(await handed(...twice)).toEqual([]);
    expect([runs(), sent()]).toEqual([[0, 0], [0]]);
  });

  it('of which some were sent is done but for those', async () => {
    const large = 'x'.repeat(LIMITS.valueBytes - 100);
    const tasks = [0, 1, 2, 3, 4, 5];
    const { handed, refuse, runs, sent } = anEnvironment({
      unruly: Object.fromEntries(tasks.map((task) => [task, () => large])),
    });
    const header = { expected: 10, shardSize: 10 };
    refuse((results) => results.some(({ taskIndex }) => taskIndex === 5));
    expect(await handed(message(tasks, header))).toHaveLength(1);
    const before = [runs(), sent()];
    refuse(() => false);
    expect(await handed(message(tasks, header))).toEqual([]);
    const rest = tasks.filter((task) => !before[1]?.includes(task));
    expect(rest.length).toBeLessThan(tasks.length);
    expect([before[0], runs(), sent()]).toEqual([tasks, rest, rest]);
  });

  it('after it failed is done again: that may help', async () => {
    const outcomes = [() => Promise.reject(new Error('not now')), () => 'done'];
    const { handed, runs } = anEnvironment({ unruly: { 0: () => outcomes.shift()?.() } });
    for (let times = 0; times < 3; times++) await handed(message([0]));
    expect(runs()).toEqual([0, 0]);
  });

  it('after it asked for a request is not asked again', async () => {
    const { handed, runs } = anEnvironment({ unruly: { 0: () => scatter('sum', {}) } });
    for (let times = 0; times < 2; times++) await handed(message([0]));
    expect(runs()).toEqual([0]);
  });
});

describe('what is remembered', () => {
  it('is the latest tasks, between as many as it is told and twice as many', () => {
    const answered = createAnswered(10);
    const tasks = Array.from({ length: 100 }, (_, task) => task);
    for (const task of tasks) answered.note(aHeader(), [aSuccess(task)]);
    const known = tasks.length - answered.without(message(tasks)).length;
    expect(answered.without(message(tasks)).map(({ taskIndex }) => taskIndex)).toEqual(tasks.slice(0, -known));
    expect(known).toBeGreaterThanOrEqual(10);
    expect(known).toBeLessThanOrEqual(20);
  });

  it('is no failure', () => {
    const answered = createAnswered();
    answered.note(aHeader(), [aFailure(0), aSuccess(1)]);
    expect(answered.without(message([0, 1])).map(({ taskIndex }) => taskIndex)).toEqual([0]);
  });
});
