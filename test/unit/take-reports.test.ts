/** Reports that only some of can be taken in. */
import { describe, expect, it } from 'vitest';
import { readBatch } from '../../functions/aggregator/batch.ts';
import { takeReports } from '../../functions/aggregator/take-reports.ts';
import type { TaskResult } from '../../shared/core/envelope.ts';
import { wireJson } from '../../shared/core/json.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { aFailure, aHeader, aSuccess } from '../support/builders.ts';
import { aWorkshop, registered } from '../support/workshop.ts';

const TOO_DEEP = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
const bodyOf = (...results: TaskResult[]): string => wireJson({ ...aHeader({ expected: 4, shardSize: 4 }), results });

async function take(bodies: readonly string[], poison?: string) {
  const workshop = aWorkshop();
  await registered(workshop.store, { expected: 4, shardSize: 4 });
  const mark: typeof workshop.store.mark = (...call) =>
    poison !== undefined && JSON.stringify(call[3]).includes(poison)
      ? Promise.reject(new Error('the item is too large'))
      : workshop.store.mark(...call);
  const records = bodies.map((body, index) => ({ messageId: String(index), body }) as never);
  const { requests } = readBatch(records);
  const failed = await Promise.all(
    requests.map((group) => takeReports({ ...workshop, store: { ...workshop.store, mark } }, group)),
  );
  const { head } = workshop.store.inspect('request');
  return {
    failed: failed.flat().map(({ messageId }) => messageId),
    head,
    kept: head?.chunks?.flatMap((c) => c.results),
  };
}

describe('reports of one request in one batch', () => {
  it('are taken in but for the one that nobody can take in', async () => {
    const poisonous = bodyOf(aSuccess(1, { value: 'poison' }));
    const { failed, head } = await take([bodyOf(aSuccess(0)), poisonous, bodyOf(aSuccess(2))], 'poison');
    expect(failed).toEqual(['1']);
    expect(head).toMatchObject({ arrived: 2 });
  });

  it('are taken in with a failure in place of a value that is nested too deep to be kept', async () => {
    const deep = bodyOf(aSuccess(1, { value: 'deep' })).replace('"deep"', TOO_DEEP);
    const { failed, kept } = await take([bodyOf(aSuccess(0)), deep]);
    expect(failed).toEqual([]);
    expect(kept).toMatchObject([
      { value: 0 },
      { taskIndex: 1, error: { cause: 'result-too-large', retryable: false } },
    ]);
  });

  it('are kept without what a sender adds to an error', async () => {
    const error = { cause: 'c'.repeat(1_000), message: 'm', retryable: false, stack: 's'.repeat(100_000) };
    const { kept } = await take([bodyOf(aFailure(0, { error }))]);
    expect(kept).toEqual([
      { taskIndex: 0, attempt: 1, error: { cause: 'c'.repeat(LIMITS.causeLength), message: 'm', retryable: false } },
    ]);
  });
});
