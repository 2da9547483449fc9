import { describe, expect, it } from 'vitest';
import { aggregate } from '../../functions/aggregator/aggregate.ts';
import type { ResultsEnvelope, TaskResult } from '../../shared/core/envelope.ts';
import type { NestedSubmission, ScatterRange } from '../../shared/core/ports/work.ts';
import { aHeader } from '../support/builders.ts';
import { capturedPublisher, capturedQueue, forgetful } from '../support/fakes.ts';
import { createStatusWorld, failed, succeeded } from '../support/status-world.ts';

const REQUEST = '01234567-89ab-4def-8123-456789abcdef';
const PATH = `/v1/requests/${REQUEST}`;
const WRITES = ['putChunk', 'mark', 'postponeLook', 'putAnswer', 'closeAtOnce', 'beginClosing', 'closeWhole'];

/** A request of two tasks, and an aggregator whose calls of the store are noted. */
async function world() {
  const { gathering, accept, call } = createStatusWorld();
  const head = await accept(REQUEST, { expected: 2, shardSize: 10 });
  const writes: string[] = [];
  const store = new Proxy(gathering.store, {
    get(target, name) {
      if (WRITES.includes(String(name))) writes.push(String(name));
      return Reflect.get(target, name);
    },
  });
  const aggregating = {
    ...{ ...gathering, store, publisher: capturedPublisher(), ranges: capturedQueue<ScatterRange>() },
    nested: capturedQueue<NestedSubmission>(),
    ...{ shardsInFlight: 8, replyTo: { small: 'home', bulk: 'large home' }, retentionMs: 60_000 },
    taken: forgetful,
  };
  const { requestId, job, expected, shardSize, acceptedAt, deadlineAt, resultsToken } = head;
  const header = { requestId, job, expected, shardSize, acceptedAt, deadlineAt, resultsToken };
  const report = (results: readonly TaskResult[], changes: Partial<ResultsEnvelope> = {}) =>
    aggregate(aggregating, [{ ...aHeader({ ...header, expiresAt: deadlineAt + 2_000 }), results, ...changes }]);
  const status = async () => (await call(PATH)).body;
  return { gathering, report, writes, status, call };
}

const BOTH = [succeeded(0), succeeded(1, 2)];

describe('a batch that holds a success of every task', () => {
  it('closes its request by one write, and its results can be read', async () => {
    const { report, writes, status, call, gathering } = await world();
    await report(BOTH);
    expect(writes).toEqual(['closeWhole']);
    expect(await status()).toMatchObject({ status: 'complete', aggregate: { sum: 3 }, tasks: { succeeded: 2 } });
    const { body } = await call(`${PATH}/results`);
    expect(body).toMatchObject({ results: [{ value: 1 }, { value: 2 }] });
    expect(await gathering.owners.openRequests('ann')).toEqual([]);
  });

  it('puts results first that its head has no room for', async () => {
    const { report, writes, call } = await world();
    await report([
      succeeded(0, 1),
      { ...succeeded(1, 2), label: 'x'.repeat(200) },
      { ...succeeded(1, 'y'.repeat(2_000)), attempt: 2 },
    ]);
    expect(writes).toEqual(['putChunk', 'closeWhole']);
    expect((await call(`${PATH}/results`)).body).toMatchObject({ results: [{ value: 1 }, { taskIndex: 1 }] });
  });

  it('is late once the request is closed, and changes nothing', async () => {
    const { report, status } = await world();
    await report(BOTH);
    const before = await status();
    await report([succeeded(0, 10), succeeded(1, 20)]);
    expect(await status()).toEqual(before);
  });

  it('goes the usual way where something was marked before', async () => {
    const { report, writes, status } = await world();
    await report([succeeded(0)]);
    await report(BOTH);
    expect(writes.slice(1)).toEqual(['closeWhole', 'mark', 'closeAtOnce']);
    expect(await status()).toMatchObject({ status: 'complete', tasks: { succeeded: 2 } });
  });

  it('cannot close with a guessed token, or what it does not hold', async () => {
    const { report, status } = await world();
    await report(BOTH, { resultsToken: 'guess' });
    await report([succeeded(0)], { expected: 1 });
    expect(await status()).toMatchObject({ status: 'running' });
  });

  it('finds a request that was cancelled as it was', async () => {
    const { report, status, call } = await world();
    await call(PATH, { method: 'DELETE' });
    await report(BOTH);
    expect(await status()).toMatchObject({ status: 'cancelled', tasks: { succeeded: 0 } });
  });
});

it.each([
  ['one task', [succeeded(0)]],
  ['one task, twice', [succeeded(0), succeeded(0)]],
  ['a failure', [succeeded(0), failed(1)]],
])('a batch with %s is marked', async (_, results) => {
  const { report, writes } = await world();
  await report(results);
  expect(writes[0]).toBe('mark');
});
