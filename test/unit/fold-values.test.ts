import { expect, test } from 'vitest';
import type { SucceededResult } from '../../shared/core/envelope.ts';
import { defineJob } from '../../shared/core/job.ts';
import { foldValues } from '../../shared/gathering/fold-values.ts';
import { createMemoryClaims } from '../../simulation/ports/memory-claims.ts';
import { aSuccess } from '../support/builders.ts';

const TTL = 2_000_000_000;
const job = defineJob<unknown, unknown, unknown, unknown[], unknown[]>({
  name: 'collect',
  input: { safeParse: (data) => ({ success: true, data }) },
  leaves: { only: {} },
  split: () => [],
  fold: {
    empty: () => [],
    add(all, { value }) {
      if (value === 'bad') throw new Error('boom');
      return [...all, value];
    },
    merge: (left, right) => [...left, ...right],
    finish: (all) => all,
  },
}) as Parameters<typeof foldValues>[2];

/** Successes 0, 1, 2 … of which every other one is a claim. */
async function successes(values: readonly unknown[]) {
  const claims = createMemoryClaims();
  const results: SucceededResult[] = [];
  for (const [taskIndex, value] of values.entries())
    results.push(
      taskIndex % 2 === 0
        ? aSuccess(taskIndex, { value })
        : { taskIndex, attempt: 1, claim: await claims.put('request', JSON.stringify(value), TTL) },
    );
  return { claims, results };
}

test('values are folded in task order, wherever they were kept, and however long they took to read', async () => {
  const values = Array.from({ length: 41 }, (_, index) => index);
  const { claims, results } = await successes(values);
  const slowAtFirst: typeof claims.get = async (requestId, claim) => {
    for (let turns = claim.sha256.charCodeAt(0); turns > 0; turns--) await undefined;
    return claims.get(requestId, claim);
  };
  expect(await foldValues({ ...claims, get: slowAtFirst }, 'request', job, results)).toEqual({ value: values });
});

test('no more is read ahead than can be held', async () => {
  const { claims, results } = await successes(Array.from({ length: 40 }, (_, index) => index));
  const large = results.map((result) =>
    result.claim ? { ...result, claim: { ...result.claim, bytes: 5_000_000 } } : result,
  );
  let [reading, most] = [0, 0];
  const get: typeof claims.get = async () => {
    most = Math.max(most, ++reading);
    for (let turns = 20; turns > 0; turns--) await undefined;
    reading--;
    return 'read';
  };
  await foldValues({ ...claims, get }, 'request', job, large);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(3);
});

test('a claim that is gone, or of another request, fails the fold, naming the task', async () => {
  const { claims, results } = await successes([0, 1, 2]);
  expect(await foldValues(claims, 'another', job, results)).toEqual({
    error: { where: 'fold', message: expect.stringMatching(/^task 1: there is nothing for the claim/) },
  });
});

test('what the fold throws at a claimed value is its error', async () => {
  const { claims, results } = await successes([0, 'bad', 2]);
  expect(await foldValues(claims, 'request', job, results)).toEqual({ error: { where: 'fold', message: 'boom' } });
});

test('claims that cannot be read just now are no error of the job', async () => {
  const { claims, results } = await successes([0, 1]);
  const get = async () => {
    throw new Error('slow down');
  };
  await expect(foldValues({ ...claims, get }, 'request', job, results)).rejects.toMatchObject({
    ...{ code: 'claim-unavailable', retryable: true },
  });
});

test('where values are claims the fold meets references, and nothing is read', async () => {
  const { claims, results } = await successes([0, 1]);
  const get = async () => {
    throw new Error('read');
  };
  const folded = await foldValues({ ...claims, get }, 'request', { ...job, values: 'claims' }, results);
  expect(folded).toEqual({ value: [0, { $claim: results[1]?.claim }] });
});
