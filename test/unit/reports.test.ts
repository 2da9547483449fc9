import { describe, expect, it } from 'vitest';
import { readBatch } from '../../functions/aggregator/batch.ts';
import { readReport } from '../../functions/aggregator/reports.ts';
import { setApart } from '../../functions/aggregator/set-apart.ts';
import type { DeadLetter } from '../../shared/core/ports/work.ts';
import { capturedTelemetry } from '../support/fakes.ts';

const HEADER = {
  ...{ v: 1, requestId: 'r', job: 'j', jobVersion: 1, leaf: 'l', expected: 10, shardSize: 10, hops: 1 },
  ...{ acceptedAt: 1, deadlineAt: 2, expiresAt: 3, resultsToken: 't' },
};
const TASKS = { ...HEADER, attempt: 2, replyTo: 'home', tasks: [{ taskIndex: 3, label: 'three', payload: { a: 1 } }] };
const RESULTS = { ...HEADER, results: [{ taskIndex: 3, attempt: 1, value: 7 }] };

/** Lambda's record of an asynchronous invocation that failed. */
const failureRecord = (responsePayload: unknown) => ({
  version: '1.0',
  requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 1 },
  requestPayload: { Records: [{ Sns: { Message: JSON.stringify(TASKS) } }] },
  responseContext: { statusCode: 200, functionError: 'Unhandled' },
  responsePayload,
});

const report = (message: unknown) => readReport(JSON.stringify(message));

describe('what reaches the aggregator', () => {
  it("is a leaf's own results", () => expect(report(RESULTS)).toEqual(RESULTS));

  it.each([
    [{ errorType: 'Sandbox.Timedout', errorMessage: 'x' }, 'leaf-timeout'],
    [{ errorMessage: '2026-11-21T00:00:00Z 1 Task timed out after 3.00 seconds' }, 'leaf-timeout'],
    [{ errorType: 'Runtime.ExitError', errorMessage: 'secret' }, 'leaf-crashed'],
    [undefined, 'leaf-crashed'],
  ])('is the record of a direct leaf that died of %j: its tasks failed, and may be tried again', (payload, cause) => {
    const { results, ...header } = report(failureRecord(payload));
    expect(header).toEqual(HEADER);
    expect(results).toEqual([
      {
        ...{ taskIndex: 3, label: 'three', attempt: 2, payload: { a: 1 } },
        error: { cause, message: expect.not.stringContaining('secret'), retryable: true },
      },
    ]);
  });

  it('is such a record of a task whose payload is a claim, which the next attempt carries', () => {
    const claim = { sha256: 'ab'.repeat(32), bytes: 300_000, days: 2 };
    const claimed = { ...TASKS, tasks: [{ taskIndex: 3, claim }] };
    const requestPayload = { Records: [{ Sns: { Message: JSON.stringify(claimed) } }] };
    const [result] = report({ ...failureRecord(undefined), requestPayload }).results;
    expect(result).toMatchObject({ claim, error: { retryable: true } });
    expect(result).not.toHaveProperty('payload');
  });

  it('is the record of a direct leaf that never started, which may be tried again', () => {
    const record = { ...failureRecord(undefined), requestContext: { condition: 'EventAgeExceeded' } };
    expect(report(record).results).toMatchObject([{ error: { cause: 'leaf-throttled', retryable: true } }]);
  });

  it('is what the topic could not deliver, which is final', () => {
    const { results } = report({ Type: 'Notification', Message: JSON.stringify(TASKS) });
    expect(results).toMatchObject([{ taskIndex: 3, error: { cause: 'undeliverable', retryable: false } }]);
  });

  it('is what a queue leaf gave up, which is final', () => {
    expect(report(TASKS).results).toMatchObject([{ error: { cause: 'leaf-crashed', retryable: false } }]);
  });
});

describe('a batch', () => {
  const record = (messageId: string, body: unknown) =>
    ({ messageId, body: typeof body === 'string' ? body : JSON.stringify(body) }) as never;

  it('is grouped by request; what cannot be read is set apart, and a forged header stands alone', () => {
    const forged = { ...RESULTS, resultsToken: 'forged' };
    const { requests, unreadable } = readBatch([
      record('1', RESULTS),
      record('2', 'no JSON'),
      record('3', TASKS),
      record('4', forged),
      record('5', failureRecord(null)),
    ]);
    expect(requests.map(({ records }) => records.map(({ messageId }) => messageId))).toEqual([['1', '3', '5'], ['4']]);
    expect(unreadable).toMatchObject([{ record: { messageId: '2' }, reason: 'the message is not JSON' }]);
  });
});

describe('what cannot be read', () => {
  const record = (messageId: string, body: string) =>
    ({ messageId, body, eventSourceARN: 'arn:aws:sqs:eu-west-2:1:Results' }) as never;
  const unreadable = [
    { record: record('1', 'no JSON'), reason: 'the message is not JSON' },
    { record: record('2', '{"v":2}'), reason: 'v must be 1' },
  ];

  it('is kept as it came, with the reason and the queue it was on, and nothing of it comes again', async () => {
    const kept: DeadLetter[] = [];
    const dead = { keep: async (letter: DeadLetter) => void kept.push(letter) };
    expect(await setApart({ dead, telemetry: capturedTelemetry() }, unreadable)).toEqual([]);
    expect(kept).toEqual([
      { body: 'no JSON', reason: 'the message is not JSON', from: 'Results' },
      { body: '{"v":2}', reason: 'v must be 1', from: 'Results' },
    ]);
  });

  it('comes again by itself where it could not be kept', async () => {
    const dead = {
      keep: async ({ body }: DeadLetter) => {
        if (body === 'no JSON') throw new Error('no queue');
      },
    };
    const again = await setApart({ dead, telemetry: capturedTelemetry() }, unreadable);
    expect(again.map(({ messageId }) => messageId)).toEqual(['1']);
  });
});
