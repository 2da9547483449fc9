/**
 * Invariants 1 and 2 under what AWS may do: messages delivered twice, late and in no order. The seed is printed with a
 * failure; `FANFOLD_SEED=<seed> npx vitest run --project cloud test/integration/chaos.test.ts` runs the same again.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';

const seed = Number(process.env.FANFOLD_SEED ?? Date.now() % 1_000_000);

describe(`a cloud that delivers twice, late and in no order (seed ${seed})`, () => {
  let cloud: OwnCloud;
  let duplicated = 0;

  beforeAll(async () => {
    cloud = await startOwnCloud({ pessimism: { seed, duplicates: 0.2, stragglers: 0.2, lateMs: 150 } });
    cloud.listen(({ kind }) => {
      if (kind === 'duplicated') duplicated++;
    });
  });
  afterAll(() => cloud.close());

  it('counts and folds every task exactly once', async () => {
    const sizes = [5, 60, 700, 3_000];
    const answers = await Promise.all(sizes.map((tasks) => cloud.ask('calibrate', { tasks, resultBytes: 10 })));
    const expected = sizes.map((tasks) => ({ tasks, sumOfIndexes: (tasks * (tasks - 1)) / 2, bytes: tasks * 10 }));
    expect(answers.map(({ body }) => body.aggregate)).toEqual(expected);
    expect(answers.map(({ body }) => body.completionReason)).toEqual(sizes.map(() => 'all-succeeded'));
    expect(duplicated).toBeGreaterThan(0);
  });

  it('folds in task order, and a retried task once', async () => {
    const behaviours = Array.from({ length: 60 }, (_, index) => (index % 5 === 0 ? 'throw-once' : 'answer'));
    for (const leaf of ['direct', 'batch']) {
      const { body } = await cloud.ask('unruly', { behaviours, leaf });
      const { attempts } = body.aggregate as { attempts: [number, number][] };
      expect(attempts).toEqual(behaviours.map((behaviour, index) => [index, behaviour === 'throw-once' ? 2 : 1]));
    }
  });

  it('never changes an answer it has given', async () => {
    const { body } = await cloud.ask('calibrate', { tasks: 200, failing: 20, resultBytes: 10 });
    expect(body.tasks).toEqual({ expected: 200, succeeded: 180, failed: 20, missing: 0 });
    for (let again = 0; again < 20; again++)
      expect((await cloud.call(`/v1/requests/${body.requestId}`)).body).toEqual(body);
  });
});
