/** Late results over the whole stack: they make further versions of an answer that was given, and change none. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { CloudEvent } from '../../local/events.ts';
import type { Answered } from '../support/api.ts';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';

const TASKS = 20;
const LATE = 3;
const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

let cloud: OwnCloud;
const listeners = new Set<(event: CloudEvent) => void>();
beforeAll(async () => {
  cloud = await startOwnCloud({ onEvent: (event) => listeners.forEach((listen) => void listen(event)) });
});
afterAll(() => cloud.close());

/** What late tasks wait for: answers nobody until it is opened. `reached` resolves when all of them wait. */
async function aGate() {
  const waiting: ServerResponse[] = [];
  const reached = Promise.withResolvers<void>();
  const server = createServer((_, response) => {
    waiting.push(response);
    if (waiting.length === LATE) reached.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    reached: reached.promise,
    open: () => waiting.forEach((response) => void response.end()),
  };
}

/** Resolves when an aggregator says that the answer of the request has every task. */
function amendedWhole(requestId: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const listen = (event: CloudEvent): void => {
    if (event.kind !== 'log' || !event.line.includes('answer amended') || !event.line.includes(requestId)) return;
    if (event.line.includes(`"succeeded":${TASKS}`)) resolve();
  };
  listeners.add(listen);
  onTestFinished(() => void listeners.delete(listen));
  return promise;
}

const ask = (requestId: string, query = '', headers = {}): Promise<Answered> =>
  cloud.call(`/v1/requests/${requestId}${query}`, { headers });

async function closed(requestId: string): Promise<Answered> {
  for (;;) {
    const answered = await ask(requestId, '?wait=20');
    if (answered.body.status !== 'running') return answered;
  }
}

it.each([
  ['a quorum', '?completion=quorum:17&deadlineMs=120000', 'complete', 'quorum-reached', 'not-awaited'],
  ['its deadline', '?deadlineMs=10000', 'partial', 'deadline-passed', 'timed-out'],
])('what comes after a request was closed by %s amends its answer', async (_, query, status, reason, cause) => {
  const gate = await aGate();
  const body = { tasks: TASKS, late: LATE, gate: gate.url };
  const { body: accepted } = await cloud.call(`/v1/jobs/tardy${query}`, { method: 'POST', body });
  const { requestId } = accepted;
  const whole = amendedWhole(requestId);
  await gate.reached;

  const first = await closed(requestId);
  expect(first.body).toMatchObject({ version: 1, status, completionReason: reason, aggregate: indexes(TASKS - LATE) });
  expect(first.body).toMatchObject({ amendableUntil: (first.body.closedAt ?? 0) + 600_000 });
  expect(first.body.missing.map((task) => [task.taskIndex, task.cause])).toEqual(
    [17, 18, 19].map((taskIndex) => [taskIndex, cause]),
  );
  gate.open();
  await whole;

  const last = await ask(requestId, '', { 'if-none-match': first.headers.get('etag') ?? '' });
  const { version } = last.body;
  expect(last.body).toMatchObject({ status: 'complete', completionReason: 'all-succeeded', aggregate: indexes(TASKS) });
  expect(last.headers.get('etag')).toBe(`"${requestId}-v${version}"`);
  expect(version).toBeGreaterThan(1);
  const again = await ask(requestId, '?version=1');
  expect([again.body, again.headers.get('etag')]).toEqual([first.body, `"${requestId}-v1"`]);
  expect((await ask(requestId, `?version=${version + 1}`)).body).toMatchObject({
    ...{ status: 404, code: 'unknown-version' },
    errors: [{ field: 'version', message: `must be from 1 to ${version}`, limit: version }],
  });
  const { body: page } = await cloud.call(`/v1/requests/${requestId}/results`);
  expect(page.results.map((row) => row.value)).toEqual(indexes(TASKS));
});
