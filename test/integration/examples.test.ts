/** Services without any of our code, in other processes and another language, are leaves like any other. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Body } from '../support/api.ts';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';
import { endpointForTest } from '../support/endpoint.ts';
import { type Program, runForTest } from '../support/process.ts';

const examples = join(import.meta.dirname, '../../examples');
const KEYS = { accessKeyId: 'test', secretAccessKey: 'test' };
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' };

/** A machine without it says so, and does the rest. */
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) process.stderr.write('python3 is not on this machine: its example is not run\n');

let cloud: OwnCloud;
beforeAll(async () => {
  cloud = await startOwnCloud();
});
afterAll(() => cloud.close());

/** A port that nobody listens on. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

/** The answer of a request, however long it takes. */
async function answerOf(requestId: string): Promise<Body> {
  for (;;) {
    const { body } = await cloud.call(`/v1/requests/${requestId}?wait=20`);
    if (body.status !== 'running') return body;
  }
}

const ready = (program: Program) => program.line((line) => /^ready: (.*)/.exec(line)?.[1]);
const items = (...names: string[]) => names.map((item) => ({ item }));

describe('a Node process with a queue of its own', () => {
  const start = async (): Promise<Program> => {
    const program = runForTest(process.execPath, [join(examples, 'node-service/service.mjs')], {
      ...CREDENTIALS,
      ...{ AWS_ENDPOINT_URL_SQS: cloud.endpoints.sqs, AWS_ENDPOINT_URL_SNS: cloud.endpoints.sns },
      ...{ TASKS_TOPIC_ARN: cloud.outputs.TasksTopicArn ?? '', LEAF: 'outsourced.pricing' },
    });
    await ready(program);
    return program;
  };

  it('answers tasks, and says of one that it cannot', async () => {
    await start();
    const { body } = await cloud.ask('outsourced', { payloads: [...items('bolt', 'nut 🔩'), 7] });
    expect(body).toMatchObject({
      ...{ status: 'partial', completionReason: 'all-answered' },
      failed: [{ taskIndex: 2, label: 'pricing-2', cause: 'leaf-error', message: 'item must be a text' }],
      aggregate: [
        [0, { item: 'bolt', total: 4 }],
        [1, { item: 'nut 🔩' }],
      ],
    });
  });

  it('shares its tasks with another, and one that is killed loses none', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    const payloads = items(...Array.from({ length: 300 }, (_, n) => `item ${n}`));
    const submitted = await cloud.call('/v1/jobs/outsourced?deadlineMs=60000', { method: 'POST', body: { payloads } });
    one.child.kill('SIGKILL');
    await one.ended;
    const body = await answerOf(submitted.body.requestId);
    expect(body).toMatchObject({ status: 'complete', tasks: { expected: 300, succeeded: 300 } });
    expect(new Set((body.aggregate as [number, { by: number }][]).map(([, { by }]) => by))).toContain(other.child.pid);
  });
});

describe('the check of leaves', () => {
  const check = (url: string, ...more: string[]) =>
    runForTest(process.execPath, [join(examples, '../scripts/leaf-check.ts'), url, ...more], {
      ...{ ...CREDENTIALS, AWS_ENDPOINT_URL_SQS: cloud.endpoints.sqs },
    });
  const PRICING = ['--leaf', 'outsourced.pricing', '--payload', '{"item":"bolt"}', '--failing', '{"item":7}'];

  it('finds nothing wrong with the Node process', async () => {
    const program = runForTest(process.execPath, [join(examples, 'node-service/service.mjs')], {
      ...{ ...CREDENTIALS, QUEUE_NAME: 'checked' },
      ...{ AWS_ENDPOINT_URL_SQS: cloud.endpoints.sqs, AWS_ENDPOINT_URL_SNS: cloud.endpoints.sns },
      ...{ TASKS_TOPIC_ARN: cloud.outputs.TasksTopicArn ?? '', LEAF: 'checked.none' },
    });
    await ready(program);
    const checked = check(`${cloud.endpoints.sqs}/000000000000/checked`, ...PRICING);
    await checked.line((line) => line === 'this leaf keeps to the envelope' || undefined);
    expect(await checked.ended).toBe(0);
  });

  it.runIf(hasPython)('finds nothing wrong with the Python process, roll-calls included', async () => {
    const port = await freePort();
    const program = runForTest('python3', [join(examples, 'python-service/service.py'), '--port', '0'], {
      API_URL: `http://127.0.0.1:${port}`,
    });
    const checked = check(await ready(program), ...PRICING, '--port', port, '--roll-call', '--service', 'stock');
    await checked.line((line) => line === 'this leaf keeps to the envelope' || undefined);
    expect(await checked.ended).toBe(0);
  });

  it('says what is wrong, and ends with 1', async () => {
    const silent = await endpointForTest();
    const checked = check(silent.url, '--port', '0', '--wait-ms', '50');
    await checked.line((line) => line.trim() === 'answers: task 4 was answered 0 times' || undefined);
    expect(await checked.ended).toBe(1);
  });
});

describe.runIf(hasPython)('a Python process with nothing but its standard library', () => {
  const start = async (env: Record<string, string> = {}): Promise<{ program: Program; url: string }> => {
    const program = runForTest('python3', [join(examples, 'python-service/service.py'), '--port', '0'], {
      ...{ API_URL: cloud.url, SNS_HOST: new URL(cloud.endpoints.sns).host, SECRET_PATH: '/a-secret', INSTANCE: 'i-1' },
      ...env,
    });
    return { program, url: await ready(program) };
  };
  const subscribe = (Endpoint: string, attributes: Record<string, string> = {}) =>
    new SNSClient({
      ...{ endpoint: cloud.endpoints.sns, region: 'us-east-1' },
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }).send(
      new SubscribeCommand({
        ...{ TopicArn: cloud.outputs.TasksTopicArn, Protocol: 'http', Endpoint },
        Attributes: { FilterPolicy: JSON.stringify({ leaf: ['outsourced.stock'] }), ...attributes },
      }),
    );
  const subscribed = (line: string) => line === 'subscribed' || undefined;

  it.each([
    ['notifications', {}],
    ['raw messages', { RawMessageDelivery: 'true' }],
  ])('confirms its subscription, takes %s, and answers over HTTP', async (_, attributes) => {
    const { program, url } = await start();
    await subscribe(url, attributes);
    await program.line(subscribed);
    const { body } = await cloud.ask('outsourced', { leaf: 'stock', payloads: [...items('bolt', 'nut 🔩'), 7] });
    expect(body).toMatchObject({
      ...{ status: 'partial', completionReason: 'all-answered' },
      failed: [{ taskIndex: 2, label: 'stock-2', cause: 'leaf-error', message: 'item must be a text' }],
      aggregate: [
        [0, { item: 'bolt', inStock: 4, by: 'i-1' }],
        [1, { item: 'nut 🔩' }],
      ],
    });
    program.child.kill();
    await program.ended;
  });

  it('takes many messages at once', async () => {
    const { program, url } = await start();
    await subscribe(url);
    await program.line(subscribed);
    const many = items(...Array.from({ length: 600 }, (_, index) => `item ${index}`));
    const { body } = await cloud.ask('outsourced', { leaf: 'stock', payloads: many });
    expect(body).toMatchObject({ status: 'complete', tasks: { succeeded: 600 } });
    program.child.kill();
    await program.ended;
  });

  it('confirms nothing that does not lead to SNS, and takes nothing under another path', async () => {
    const { program, url } = await start();
    const post = (path: string, type: string, body: object) =>
      fetch(new URL(path, url), {
        method: 'POST',
        headers: { 'x-amz-sns-message-type': type },
        body: JSON.stringify(body),
      });
    const trap = await endpointForTest();
    await post('/a-secret', 'SubscriptionConfirmation', { SubscribeURL: `${trap.url}/confirm` });
    await program.line((line) => /^not confirmed: 127\.0\.0\.1:\d+ is not SNS/.exec(line)?.[0]);
    expect(trap.posted).toEqual([]);
    expect((await post('/', 'Notification', { Message: '{}' })).status).toBe(404);
    expect((await post('/a-secret', 'Notification', { Message: 'no JSON' })).status).toBe(400);
    expect((await post('/a-secret', 'Notification', { Message: `${'['.repeat(100_000)}` })).status).toBe(400);
    const status = await new Promise((resolve, reject) => {
      const announced = request(url, { method: 'POST', headers: { 'content-length': 2 ** 40 } });
      announced.on('error', reject).on('response', ({ statusCode }) => resolve(statusCode));
      announced.flushHeaders();
      onTestFinished(() => void announced.on('error', () => undefined).destroy());
    });
    expect(status).toBe(413);
  });

  it('is there when the roll is called', async () => {
    const { program, url } = await start({ SERVICE: 'stock', INSTANCE: 'there' });
    const client = { endpoint: cloud.endpoints.sns, region: 'us-east-1', credentials: KEYS };
    const subscription = { TopicArn: cloud.outputs.RollCallsTopicArn, Protocol: 'http', Endpoint: url };
    await new SNSClient(client).send(new SubscribeCommand(subscription));
    await program.line(subscribed);
    const { body } = await cloud.call('/v1/roll-calls', {
      ...{ method: 'POST', body: { windowMs: 20_000, expected: ['stock/there'] } },
    });
    expect(body).toMatchObject({
      status: 'complete',
      present: [{ service: 'stock', instanceId: 'there', version: '1' }],
    });
  });

  it('answers roll-calls of its service, and no others', async () => {
    const api = await endpointForTest(() => 202);
    const { url } = await start({ API_URL: api.url, SERVICE: 'stock' });
    const soon = Date.now() + 60_000;
    const ask = (rollCallId: string, more: object = {}) =>
      fetch(url, {
        method: 'POST',
        headers: { 'x-amz-sns-message-type': 'Notification', 'x-amz-sns-rawdelivery': 'true' },
        body: JSON.stringify({
          ...{ v: 1, kind: 'roll-call', rollCallId, askedAt: soon - 60_000, answerBy: soon, expiresAt: soon },
          ...{ replyTo: 'queue', answersPath: `/v1/roll-calls/${rollCallId}/answers`, answersToken: 'secret', ...more },
        }),
      });
    for (const [id, more] of [
      ['others', { services: ['pricing'] }],
      ['past', { answerBy: 1 }],
      ['everybody', {}],
      ['ours', { services: ['pricing', 'stock'] }],
    ] as const)
      expect((await ask(id, more)).status).toBe(200);
    expect(api.posted.map(({ path, headers: { authorization } }) => [path, authorization])).toEqual([
      ['/v1/roll-calls/everybody/answers', 'Bearer secret'],
      ['/v1/roll-calls/ours/answers', 'Bearer secret'],
    ]);
    expect(JSON.parse(api.posted[0]?.body ?? '')).toMatchObject({
      ...{ v: 1, kind: 'present', rollCallId: 'everybody', answersToken: 'secret' },
      ...{ service: 'stock', instanceId: 'i-1', version: '1', metadata: { python: expect.any(String) } },
    });
  });
});
