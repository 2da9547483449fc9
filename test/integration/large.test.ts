/**
 * A large request on the deployed bundles: 20,000 tasks in eight shards, with 80 MB of results, and no function given
 * the memory to hold them all.
 */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { withMemory } from '../support/amended-assembly.ts';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';

const TASKS = 20_000;
const RESULT_BYTES = 4_000;
/** Node and the SDK take some 60 MB of it; parsed, the results would take 160. */
const MEMORY_MB = 128;

describe('a large request', () => {
  const assembly = withMemory(inject('assembly'), MEMORY_MB);
  const failed: string[] = [];
  let cloud: OwnCloud;

  beforeAll(async () => {
    cloud = await startOwnCloud({ assembly });
    cloud.listen((event) => {
      if (event.kind === 'invocation-ended' && event.error)
        failed.push(`${event.functionId}: ${event.error.errorType}`);
    });
  });
  afterAll(async () => {
    await cloud.close();
    rmSync(assembly, { recursive: true });
  });

  const submit = (input: object) =>
    cloud.call('/v1/jobs/calibrate?deadlineMs=300000', { method: 'POST', body: input }).then(({ body }) => body);
  const closed = async (requestId: string) => {
    for (;;) {
      const { body } = await cloud.call(`/v1/requests/${requestId}?wait=20`);
      if (body.status !== 'running') return body;
    }
  };

  it('counts each task once, and no function runs out of memory', { timeout: 300_000 }, async () => {
    const { requestId } = await submit({ tasks: TASKS, resultBytes: RESULT_BYTES });
    const { status, tasks, aggregate } = await closed(requestId);
    expect({ status, tasks }).toEqual({
      status: 'complete',
      tasks: { expected: TASKS, succeeded: TASKS, failed: 0, missing: 0 },
    });
    expect(aggregate).toEqual({
      ...{ tasks: TASKS, sumOfIndexes: (TASKS * (TASKS - 1)) / 2 },
      bytes: TASKS * RESULT_BYTES,
    });
    expect(failed).toEqual([]);
  });

  it('closes at its quorum, though no shard of it is full', { timeout: 120_000 }, async () => {
    const input = { tasks: 2_600, stragglers: 110, stragglerMs: 60_000 };
    const { body } = await cloud.call('/v1/jobs/calibrate?deadlineMs=300000&completion=quorum:2400', {
      ...{ method: 'POST', body: input },
    });
    const { status, completionReason, tasks, acceptedAt, closedAt } = await closed(body.requestId);
    expect({ status, completionReason }).toEqual({ status: 'complete', completionReason: 'quorum-reached' });
    expect(tasks.succeeded).toBeGreaterThanOrEqual(2_400);
    expect(Number(closedAt) - Number(acceptedAt)).toBeLessThan(45_000);
  });

  it('is cancelled with what was known, and the rest is never sent', { timeout: 120_000 }, async () => {
    const { requestId } = await submit({ tasks: 100_000, leafMs: 200 });
    const { body: running } = await cloud.call(`/v1/requests/${requestId}`);
    expect(running).toMatchObject({ status: 'running', shards: { total: 40 } });
    await cloud.call(`/v1/requests/${requestId}`, { method: 'DELETE' });
    const { status, tasks, missing } = await closed(requestId);
    expect(status).toBe('cancelled');
    expect(tasks.succeeded + tasks.failed + tasks.missing).toBe(100_000);
    expect(tasks.missing).toBeGreaterThan(50_000);
    expect(missing[0]).toMatchObject({ cause: 'cancelled' });
  });
});
