import { describe, expect, it } from 'vitest';
import { answer } from '../../functions/leaf/answer.ts';
import type { ResultsEnvelope, TaskEnvelope } from '../../shared/core/envelope.ts';
import type { Leaf } from '../../shared/core/job.ts';
import { capturedTelemetry } from '../support/fakes.ts';

const NOW = 1_000_000;
const clock = { now: () => NOW, sleep: async () => undefined };

const envelope = (changes: Partial<TaskEnvelope> = {}, taskIndexes = [0]): TaskEnvelope => ({
  ...{ v: 1, requestId: 'r', job: 'j', jobVersion: 1, leaf: 'l', expected: 10, shardSize: 10, hops: 1, attempt: 1 },
  ...{ acceptedAt: NOW, deadlineAt: NOW + 60_000, expiresAt: NOW + 62_000, resultsToken: 't', replyTo: 'home' },
  tasks: taskIndexes.map((taskIndex) => ({ taskIndex, payload: taskIndex })),
  ...changes,
});

async function answered(
  leaf: Leaf<unknown, unknown>,
  envelopes: TaskEnvelope[],
  { stopAt = NOW + 30_000, refuses = false } = {},
) {
  const sent: ResultsEnvelope[] = [];
  const results = {
    async send(_: string, results: ResultsEnvelope) {
      if (refuses) throw new Error('no queue');
      sent.push(results);
    },
  };
  const unsent = await answer({ leaf, results, clock, telemetry: capturedTelemetry() }, envelopes, stopAt);
  return { sent, unsent };
}

describe('a leaf', () => {
  it('answers what rides together in one message a request', async () => {
    const other = envelope({ requestId: 's' }, [4]);
    const { sent } = await answered((payload) => payload, [envelope({}, [0, 1]), other, envelope({}, [2])]);
    expect(sent.map(({ requestId, results }) => [requestId, results.map(({ taskIndex }) => taskIndex)])).toEqual([
      ['r', [0, 1, 2]],
      ['s', [4]],
    ]);
    expect(sent[0]).toMatchObject({ resultsToken: 't', hops: 2, shardSize: 10 });
  });

  it('drops expired work before doing it', async () => {
    const done: unknown[] = [];
    const { sent } = await answered((payload) => done.push(payload), [envelope({ deadlineAt: NOW })]);
    expect([done, sent]).toEqual([[], []]);
  });

  it('sends what it has shortly before its timeout, and says of the rest that it timed out', async () => {
    const leaf: Leaf<unknown, unknown> = (payload) => (payload === 1 ? new Promise(() => undefined) : 'ok');
    const { sent } = await answered(leaf, [envelope({}, [0, 1])], { stopAt: NOW + 60 });
    expect(sent.flatMap(({ results }) => results)).toEqual([
      { taskIndex: 0, attempt: 1, value: 'ok' },
      {
        ...{ taskIndex: 1, attempt: 1, payload: 1 },
        error: { cause: 'leaf-timeout', message: expect.any(String), retryable: true },
      },
    ]);
  });

  it('tells its task when the time is over, and says nothing of it at the deadline', async () => {
    let told = false;
    const leaf: Leaf<unknown, unknown> = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          told = true;
          reject(signal.reason);
        });
      });
    const { sent } = await answered(leaf, [envelope({ deadlineAt: NOW + 20 })]);
    expect([told, sent]).toEqual([true, []]);
  });

  it('echoes the payload of what may be tried again, and only of that', async () => {
    const leaf: Leaf<unknown, unknown> = (payload) => {
      throw Object.assign(new Error('no'), { retryable: payload === 0 });
    };
    const { sent } = await answered(leaf, [envelope({}, [0, 1])]);
    expect(sent[0]?.results).toMatchObject([
      { error: { retryable: true }, payload: 0 },
      { error: { retryable: false } },
    ]);
    expect(sent[0]?.results[1]).not.toHaveProperty('payload');
  });

  it('fails a value that cannot travel, not its neighbours', async () => {
    const { sent } = await answered((payload) => (payload === 0 ? 10n : 'ok'), [envelope({}, [0, 1])]);
    expect(sent[0]?.results).toMatchObject([{ error: { cause: 'leaf-error' } }, { value: 'ok' }]);
  });

  it('hands back what could not be sent', async () => {
    const handed = [envelope()];
    expect((await answered(() => 'ok', handed, { refuses: true })).unsent).toEqual(handed);
  });
});
