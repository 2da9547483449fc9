import { describe, expect, it } from 'vitest';
import { aggregate } from '../../functions/aggregator/aggregate.ts';
import type { ResultsEnvelope, TaskResult } from '../../shared/core/envelope.ts';
import { DEADLINE_MS, LIMITS } from '../../shared/core/limits.ts';
import type { NestedSubmission, ScatterRange } from '../../shared/core/ports/work.ts';
import { capturedPublisher, capturedQueue, capturedTelemetry, forgetful } from '../support/fakes.ts';
import { createStatusWorld, succeeded } from '../support/status-world.ts';

const HOUR_MS = 3_600_000;

async function world() {
  const { gathering, clock, accept } = createStatusWorld();
  const head = await accept('r', { expected: 10, shardSize: 10 });
  const keptUntil: number[] = [];
  const store: typeof gathering.store = {
    ...gathering.store,
    async putChunk(...put) {
      keptUntil.push(put[3]);
      await gathering.store.putChunk(...put);
    },
  };
  const publisher = capturedPublisher();
  const telemetry = capturedTelemetry();
  const aggregating = {
    ...{ ...gathering, store, telemetry, publisher, ranges: capturedQueue<ScatterRange>(), shardsInFlight: 8 },
    nested: capturedQueue<NestedSubmission>(),
    ...{ replyTo: { small: 'home', bulk: 'large home' }, retentionMs: HOUR_MS },
    taken: forgetful,
  };
  const report = (results: TaskResult[], changes: Partial<ResultsEnvelope> = {}): ResultsEnvelope => ({
    ...{ v: 1, requestId: 'r', job: 'sum', jobVersion: 1, leaf: 'leaf', expected: 10, shardSize: 10, hops: 1 },
    ...{ acceptedAt: clock.now(), deadlineAt: head.deadlineAt, expiresAt: head.deadlineAt + 2_000 },
    ...{ resultsToken: 'token', results },
    ...changes,
  });
  const read = async () => (await gathering.store.readChunks({ requestId: 'r', place: 'head' }, 'token'))[0]?.results;
  return { aggregating, clock, keptUntil, publisher, report, read, telemetry };
}

describe('what is taken in', () => {
  it('is kept as long as the head of the longest request, however short the retention', async () => {
    const { aggregating, clock, keptUntil, report } = await world();
    const deadlineAt = clock.now() + DEADLINE_MS.max;
    await aggregate(aggregating, [report([succeeded(0)], { deadlineAt, expiresAt: deadlineAt })]);
    expect(keptUntil[0]).toBeGreaterThanOrEqual((deadlineAt + HOUR_MS) / 1_000);
  });

  it('is not kept for ever because a forged deadline says so', async () => {
    const { aggregating, clock, keptUntil, report } = await world();
    await aggregate(aggregating, [report([succeeded(0)], { deadlineAt: 9e15, expiresAt: 9e15 })]);
    expect(keptUntil[0]).toBeLessThanOrEqual((clock.now() + DEADLINE_MS.max + HOUR_MS) / 1_000);
  });

  it('is within the limits, whoever sent it', async () => {
    const { aggregating, report, read } = await world();
    const error = { cause: 'x', message: 'm'.repeat(9_999), retryable: false };
    const label = 'l'.repeat(9_999);
    await aggregate(aggregating, [
      report([
        { taskIndex: 0, attempt: 1, value: 'v'.repeat(300_000) },
        { taskIndex: 1, attempt: 1, label, error },
        { taskIndex: 2, attempt: 1, value: 'ok', tookMs: 5 },
      ]),
    ]);
    const [large, failed, fine] = (await read()) ?? [];
    expect(large).toMatchObject({ error: { cause: 'result-too-large', retryable: false } });
    expect(failed).toMatchObject({
      label: label.slice(0, LIMITS.labelLength),
      error: { message: error.message.slice(0, LIMITS.messageLength) },
    });
    expect(fine).toEqual({ taskIndex: 2, attempt: 1, value: 'ok' });
  });

  it('is sent again when it failed and may be tried again, and is not kept then', async () => {
    const { aggregating, publisher, report, read } = await world();
    const error = { cause: 'leaf-error', message: 'no', retryable: true };
    await aggregate(aggregating, [report([{ taskIndex: 3, attempt: 1, label: 'three', error, payload: { a: 1 } }])]);
    expect(publisher.published).toMatchObject([
      { attempt: 2, hops: 2, replyTo: 'home', tasks: [{ taskIndex: 3, label: 'three', payload: { a: 1 } }] },
    ]);
    expect(await read()).toBeUndefined();
    await aggregate(aggregating, [report([{ taskIndex: 3, attempt: 2, error, payload: { a: 1 } }])]);
    expect(publisher.published).toHaveLength(1);
    expect(await read()).toEqual([{ taskIndex: 3, attempt: 2, error }]);
  });

  it('is nothing once it has expired', async () => {
    const { aggregating, clock, report, read } = await world();
    const late = report([succeeded(0)]);
    clock.passTo(late.expiresAt);
    await aggregate(aggregating, [late]);
    expect(await read()).toBeUndefined();
  });

  it.each([
    ['has expired', (at: { deadlineAt: number }) => at.deadlineAt + 2_000],
    ['was sealed', (at: { deadlineAt: number }) => at.deadlineAt],
  ])('is metered as wasted, by what its leaves say, once its request %s', async (_, comesAt) => {
    const { aggregating, clock, report, telemetry } = await world();
    await aggregating.store.beginClosing({ requestId: 'r', reason: 'cancelled', at: clock.now(), unscattered: true });
    const late = report([{ ...succeeded(0), tookMs: 400 }, succeeded(1), { ...succeeded(2), tookMs: 9e15 }]);
    clock.passTo(comesAt(late));
    await aggregate(aggregating, [late]);
    expect([telemetry.counted('ResultsLate'), telemetry.counted('WastedLeafMs')]).toEqual([3, 900_400]);
  });

  it("with a forged token is nobody's waste", async () => {
    const { aggregating, report, telemetry } = await world();
    await aggregate(aggregating, [report([{ ...succeeded(0), tookMs: 400 }], { resultsToken: 'guess' })]);
    expect([telemetry.counted('ResultsRefused'), telemetry.counted('WastedLeafMs')]).toEqual([1, 0]);
  });
});
