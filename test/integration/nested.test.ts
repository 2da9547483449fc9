/** Nested requests over the whole stack: a task that proves too big divides itself. */
import { randomUUID } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { withVisibility } from '../support/amended-assembly.ts';
import type { Answered } from '../support/api.ts';
import { killOnce } from '../support/assassin.ts';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';

let cloud: OwnCloud;
let sqs: SQSClient;

beforeAll(async () => {
  cloud = await startOwnCloud();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  sqs = new SQSClient({ region: 'eu-west-2', credentials, endpoint: cloud.endpoints.sqs });
});
afterAll(async () => {
  sqs.destroy();
  await cloud.close();
});

/** The answer, however long it takes: a request of many on a machine that has not run them yet. */
async function sums(input: object, own = cloud): Promise<Answered> {
  const key = { 'idempotency-key': randomUUID() };
  for (;;) {
    const answered = await own.ask('sums', { from: 0, ways: 3, most: 1, ...input }, '?deadlineMs=300000', key);
    if (answered.status !== 202) return answered;
  }
}

/** Sends every message that `which` takes a second time. */
function doubling(which: RegExp): readonly string[] {
  const doubled: string[] = [];
  cloud.intercept(({ service, action, body }) => {
    const { QueueUrl, MessageBody = '' } = body as { QueueUrl?: string; MessageBody?: string };
    if (service !== 'sqs' || action !== 'SendMessage' || !which.test(MessageBody)) return 'pass';
    doubled.push(MessageBody);
    void sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    return 'pass';
  });
  return doubled;
}

describe('a task that answers with a request', () => {
  it('has its aggregate for a value: three requests deep, the sum is exact', async () => {
    const { body } = await sums({ to: 27 });
    expect(body).toMatchObject({ status: 'complete', aggregate: (26 * 27) / 2 });
    expect(body.tasks).toEqual({ expected: 3, succeeded: 3, failed: 0, missing: 0 });
  });

  it('is answered once, however often it and what becomes of it are told', async () => {
    const doubled = doubling(/"request":\{|"kind":"nested"|"results":/);
    const { body } = await sums({ to: 9 });
    cloud.intercept(undefined);
    expect(body).toMatchObject({ status: 'complete', aggregate: 36, tasks: { expected: 3, succeeded: 3 } });
    expect(doubled.length).toBeGreaterThan(9);
  });

  it('fails at once where nobody can answer, and says why', async () => {
    const { body } = await sums({ to: 3, most: 0, rest: 'no-such-job' });
    expect(body).toMatchObject({ status: 'failed', completionReason: 'all-answered' });
    expect(body.failed[0]).toMatchObject({ cause: 'nested-refused', message: expect.stringContaining('no-such-job') });
  });

  it('fails when it divides without end', async () => {
    const { body } = await sums({ to: 1, most: 0 });
    expect(body).toMatchObject({ status: 'failed', completionReason: 'all-answered' });
    expect(body.failed[0]).toMatchObject({ cause: 'nested-failed', message: expect.stringContaining('"sums"') });
  });

  it.each([
    ['Scatterer', 'registering it', 'PutItem'],
    ['Scatterer', 'publishing its tasks', 'PublishBatch'],
    ['Notifier', 'answering', 'SendMessage'],
  ])('is answered once although the %s died after %s', async (victim, _, action) => {
    const own = await startOwnCloud({ assembly: withVisibility(inject('assembly'), 5) });
    onTestFinished(() => own.close());
    const { intercept, killed } = killOnce(victim, { verdict: 'kill-after', at: 1 }, (call) => call.action === action);
    own.intercept(intercept);
    const { body } = await sums({ to: 4, ways: 2 }, own);
    expect(body).toMatchObject({ status: 'complete', aggregate: 6, tasks: { expected: 2, succeeded: 2 } });
    expect(killed).toHaveLength(1);
  });
});

it('is linked to while it runs, and ends with the request above when that is cancelled, at every depth', async () => {
  const { accepted, closed, heard } = hearing();
  const input = { from: 0, to: 5, ways: 2, most: 1, waits: true };
  const { body } = await cloud.call('/v1/jobs/sums?deadlineMs=600000', { method: 'POST', body: input });
  await heard(() => accepted.length === 4); // two of its tasks divide, and one of a task of theirs
  const { body: page } = await cloud.call(`/v1/requests/${body.requestId}/results`);
  const asked = accepted.filter(({ parentId }) => parentId === body.requestId);
  expect(page.results.map(({ status }) => status)).toEqual(['divided', 'divided']);
  expect(page.results.map(({ request }) => request).sort()).toEqual(
    asked.map(({ requestId }) => `/v1/requests/${requestId}`).sort(),
  );
  await cloud.call(`/v1/requests/${body.requestId}`, { method: 'DELETE' });
  await heard(() => closed.size === 4);
  expect([...closed.keys()].sort()).toEqual(accepted.map(({ requestId }) => requestId).sort());
  const below = accepted.filter(({ parentId }) => parentId !== undefined);
  expect(below.filter(({ parentId }) => parentId !== body.requestId)).toHaveLength(1);
  for (const { requestId } of below) {
    const { body: answer } = await cloud.call(`/v1/requests/${requestId}`);
    expect(answer).toMatchObject({ status: 'cancelled', completionReason: 'cancelled' });
  }
});

interface Line {
  readonly message?: string;
  readonly requestId: string;
  readonly parentId?: string;
}

/** The requests that are accepted and closed from now on, and who waits for them. */
function hearing() {
  const [accepted, closed] = [[] as Line[], new Map<string, Line>()];
  let wake = (): void => undefined;
  const stop = cloud.listen((event) => {
    if (event.kind !== 'log' || !event.line.startsWith('{')) return;
    const line = JSON.parse(event.line) as Line;
    if (line.message === 'request accepted') accepted.push(line);
    if (line.message === 'request closed') closed.set(line.requestId, line);
    wake();
  });
  onTestFinished(stop);
  const heard = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
  };
  return { accepted, closed, heard };
}
