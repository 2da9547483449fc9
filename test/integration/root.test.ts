/** Two roots share the work of a stack whose services' functions get nothing; one dies in the middle, and nothing is lost. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { LINES } from '../../shared/core/lines.ts';
import { call } from '../support/api.ts';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';
import { type FixtureProject, synthesizeFixture } from '../support/fixture-project.ts';
import { buildRootBundle, type RootProcess, startRoot } from '../support/roots.ts';

let fixture: FixtureProject;
let cloud: OwnCloud;
let bundle: string;

beforeAll(async () => {
  fixture = await synthesizeFixture({ services: 'root', auth: 'none' });
  bundle = buildRootBundle(fixture.project, join(fixture.project, 'root-bundle'));
  cloud = await startOwnCloud({ assembly: fixture.assembly });
});
afterAll(async () => {
  await cloud?.close();
  fixture?.remove();
});

async function root(name: string): Promise<RootProcess> {
  const started = await startRoot(cloud, bundle, name);
  // In order: a killed one's receives go on for a while, and what they get is hidden from the next test's.
  onTestFinished(async () => void (await started.end('SIGTERM')));
  return started;
}

const calibrate = (by: RootProcess, input: object, { wait = 0, key = '' } = {}) =>
  call(`${by.url}/v1/jobs/calibrate?deadlineMs=60000`, {
    ...{ method: 'POST', body: { resultBytes: 10, ...input } },
    headers: { ...(wait ? { prefer: `wait=${wait}` } : {}), ...(key ? { 'idempotency-key': key } : {}) },
  });

async function answerOf(by: RootProcess, requestId: string) {
  for (;;) {
    const { body } = await call(`${by.url}/v1/requests/${requestId}?wait=20`);
    if (body.status !== 'running') return body;
  }
}

const whole = (tasks: number) => ({ tasks, sumOfIndexes: (tasks * (tasks - 1)) / 2, bytes: tasks * 10 });

test('a root is the same API, alone', async () => {
  const first = await root('alone');
  const { status, body } = await calibrate(first, { tasks: 25 }, { wait: 20 });
  expect([status, body.status, body.aggregate]).toEqual([200, 'complete', whole(25)]);
  expect((await call(`${first.url}/health`)).body).toEqual({ status: 'ok' });
  expect((await call(`${first.url}/nothing`)).body.code).toBe('unknown-path');
  expect((await call(`${first.url}/v1/jobs`)).body.jobs.map(({ job }) => job)).toContain('calibrate');
  // A large one takes its own lane: ranges, shards, and whoever folds them.
  const large = await calibrate(first, { tasks: 6_000 }, { wait: 25 });
  expect((await answerOf(first, large.body.requestId)).aggregate).toEqual(whole(6_000));
  // One that nobody asks for again is closed by its timer.
  const closed = first.said(LINES.requestClosed);
  await call(`${first.url}/v1/jobs/patient?deadlineMs=1000`, { method: 'POST', body: { tasks: 1 } });
  await first.saying(LINES.requestClosed, closed + 1);
});

test('two roots share the load, and when one is killed in mid-request nothing is lost', async () => {
  const [first, second] = await Promise.all([root('first'), root('second')]);
  const leafMs = Array.from({ length: 12 }, (_, index) => 100 + index * 150);
  const submitted = await Promise.all(
    leafMs.map((ms, index) => calibrate(index % 2 ? first : second, { tasks: 20, leafMs: ms })),
  );
  const asked = calibrate(first, { tasks: 20, leafMs: 8_000 }, { wait: 25, key: 'k' });
  const died = asked.then(
    () => 'answered',
    () => 'hung up',
  );
  await Promise.all([first.saying(LINES.requestClosed, 1), second.saying(LINES.requestClosed, 1)]);
  await first.saying(LINES.requestAccepted, 7);
  expect(await first.end('SIGKILL')).toBe('SIGKILL');
  expect(await died).toBe('hung up');
  const again = await calibrate(second, { tasks: 20, leafMs: 8_000 }, { wait: 25, key: 'k' });
  const answers = await Promise.all(
    [...submitted, again].map(({ body: { requestId } }) => answerOf(second, requestId)),
  );
  const tasks = { expected: 20, succeeded: 20, failed: 0, missing: 0 };
  expect(answers.map((body) => [body.status, body.tasks, body.aggregate])).toEqual(
    answers.map(() => ['complete', tasks, whole(20)]),
  );
});

test('a root that is told to stop answers the calls it has, though no other gathers for it, and ends well', async () => {
  const only = await root('leaving');
  const asked = calibrate(only, { tasks: 20, leafMs: 1_500 }, { wait: 25 });
  await only.saying(LINES.requestAccepted, 1);
  const ended = only.end('SIGTERM');
  const { status, body } = await asked;
  expect([status, body.status, body.aggregate]).toEqual([200, 'complete', whole(20)]);
  expect(await ended).toBe(0);
  await expect(call(`${only.url}/health`)).rejects.toThrow();
});
