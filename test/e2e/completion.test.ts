/** How a request ends, by its completion policy, over real leaves. */
import { describe, expect, it } from 'vitest';
import { ask, awaitAnswer, call, submit } from '../support/api.ts';

describe('a completion chosen by the caller', () => {
  it('closes at a quorum, and calls the rest not awaited', async () => {
    const { body } = await ask('calibrate', { tasks: 20, stragglers: 10, stragglerMs: 8_000 }, '?completion=quorum:10');
    expect(body).toMatchObject({ status: 'complete', completionReason: 'quorum-reached', tasks: { succeeded: 10 } });
    expect(new Set(body.missing.map(({ cause }) => cause))).toEqual(new Set(['not-awaited']));
  });

  it('closes at a share of the tasks, and says what it came to', async () => {
    const input = { tasks: 20, stragglers: 10, stragglerMs: 8_000 };
    const { body } = await ask('calibrate', input, '?completion=quorum:50%25');
    expect(body).toMatchObject({
      completion: 'quorum:10',
      completionReason: 'quorum-reached',
      tasks: { succeeded: 10 },
    });
  });

  it('fails as soon as a quorum is out of reach', async () => {
    const input = { tasks: 20, failing: 10, stragglers: 10, stragglerMs: 8_000 };
    const { body } = await ask('calibrate', input, '?completion=quorum:11');
    expect(body).toMatchObject({ status: 'failed', completionReason: 'too-many-failures' });
    expect(body.tasks).toEqual({ expected: 20, succeeded: 0, failed: 10, missing: 10 });
  });

  it('tolerates as many failures as it was told', async () => {
    const { body } = await ask('calibrate', { tasks: 10, failing: 2 }, '?completion=tolerate:2');
    expect(body).toMatchObject({ status: 'complete', completionReason: 'all-answered', tasks: { failed: 2 } });
  });

  it('fails at one failure too many, with what succeeded still in the answer', async () => {
    const input = { tasks: 20, failing: 5, stragglers: 10, stragglerMs: 8_000 };
    const { body } = await ask('calibrate', input, '?completion=tolerate:2');
    expect(body).toMatchObject({ status: 'failed', completionReason: 'too-many-failures' });
    expect(body.tasks).toEqual({ expected: 20, succeeded: 5, failed: 5, missing: 10 });
    expect(body.aggregate).toMatchObject({ tasks: 5 });
  });
});

describe('a cancelled request', () => {
  it('answers at once with what was known, and stays cancelled', async () => {
    const { body: accepted } = await submit('calibrate', { tasks: 10, leafMs: 20_000 }, '?deadlineMs=5000');
    const path = `/v1/requests/${accepted.requestId}`;
    const cancelled = await call(path, { method: 'DELETE' });
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', completionReason: 'cancelled' } });
    expect(cancelled.body.missing.map(({ cause }) => cause)).toEqual(new Array(10).fill('cancelled'));
    expect((await call(path, { method: 'DELETE' })).body).toEqual(cancelled.body);
    expect((await awaitAnswer(accepted.requestId)).body).toEqual(cancelled.body);
  });

  it('leaves a request that is closed as it was', async () => {
    const { body } = await ask('calibrate', { tasks: 2 });
    const again = await call(`/v1/requests/${body.requestId}`, { method: 'DELETE' });
    expect(again.body).toEqual(body);
  });
});
