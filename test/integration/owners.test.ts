/** Invariant 8: an owner can neither read, cancel nor influence another's request, nor learn that it exists. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, call } from '../support/api.ts';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';

const as = (owner: string, headers: Record<string, string> = {}) => ({ 'x-fanfold-owner': owner, ...headers });
const submit = (owner: string, input: unknown, headers: Record<string, string> = {}) =>
  call('/v1/jobs/calibrate', { method: 'POST', body: input, headers: as(owner, headers) });

describe("another owner's request", () => {
  it('is as if it did not exist', async () => {
    const { body } = await submit('alice', { tasks: 3, leafMs: 1_000 });
    const paths = [`/v1/requests/${body.requestId}`, `/v1/requests/${body.requestId}/results`];
    const nobody = await call('/v1/requests/00000000-0000-4000-8000-000000000000', { headers: as('mallory') });
    for (const path of paths) expect((await call(path, { headers: as('mallory') })).body).toEqual(nobody.body);
    const cancelled = await call(paths[0] ?? '', { method: 'DELETE', headers: as('mallory') });
    expect(cancelled).toMatchObject({ status: 404, body: nobody.body });
    const own = await call(`${paths[0]}?wait=20`, { headers: as('alice') });
    expect(own.body).toMatchObject({ status: 'complete' });
  });

  it('is not reached by its idempotency key', async () => {
    const key = { 'idempotency-key': 'the-same-key' };
    const alice = await submit('alice', { tasks: 2 }, key);
    const mallory = await submit('mallory', { tasks: 2 }, key);
    expect(mallory.status).toBe(202);
    expect(mallory.body.requestId).not.toBe(alice.body.requestId);
  });
});

describe('a result', () => {
  let cloud: OwnCloud;
  beforeAll(async () => {
    cloud = await startOwnCloud();
  });
  afterAll(() => cloud.close());

  it('without the token of its request changes nothing', async () => {
    const { body } = await cloud.call('/v1/jobs/calibrate', { method: 'POST', body: { tasks: 2, leafMs: 1_500 } });
    await sendResults(cloud, body.requestId, 'a-forged-token');
    const { body: answer } = await cloud.call(`/v1/requests/${body.requestId}?wait=20`);
    expect(answer).toMatchObject({ status: 'complete', aggregate: { tasks: 2, sumOfIndexes: 1, bytes: 400 } });
  });

  it('over HTTPS is taken by the token of its own request, and of no other', async () => {
    const slow = { tasks: 2, leafMs: 1_500 };
    const own = (await cloud.call('/v1/jobs/calibrate', { method: 'POST', body: slow })).body.requestId;
    const other = (await cloud.call('/v1/jobs/calibrate', { method: 'POST', body: slow })).body.requestId;
    const answers = [0, 1].map((taskIndex) => ({ taskIndex, attempt: 1, value: { index: 40, filler: '' } }));
    const answer = async (requestId: string, tokenOf: string) =>
      cloud.call(`/v1/requests/${requestId}/results`, {
        method: 'POST',
        body: { leaf: 'load', results: answers },
        headers: { authorization: `Bearer ${await tokenIn(cloud, tokenOf)}` },
      });
    expect(await answer(own, other)).toMatchObject({ status: 404, body: { code: 'unknown-request' } });
    expect(await answer(own, own)).toMatchObject({ status: 202, body: { requestId: own, results: 2 } });
    const { body: ended } = await cloud.call(`/v1/requests/${own}?wait=20`);
    expect(ended).toMatchObject({ status: 'complete', aggregate: { tasks: 2, sumOfIndexes: 80, bytes: 0 } });
    expect(await answer(own, own)).toMatchObject({ status: 409, body: { code: 'request-closed' } });
    const { body: untouched } = await cloud.call(`/v1/requests/${other}?wait=20`);
    expect(untouched).toMatchObject({ status: 'complete', aggregate: { tasks: 2, sumOfIndexes: 1 } });
  });

  it('that is no envelope lies among the dead letters at once and once, with the reason, and stops nothing', async () => {
    const bodies = ['not JSON', '{}', '[]', 'null', '{"v":2}'];
    for (const body of bodies) await send(cloud, 'ResultsQueue', body);
    const { body: answer } = await cloud.ask('calibrate', { tasks: 20 });
    expect(answer).toMatchObject({ status: 'complete', tasks: { succeeded: 20 } });
    const letters = await deadLetters(cloud, bodies.length);
    expect(letters.map(({ Body }) => Body).sort()).toEqual([...bodies].sort());
    expect(letters.find(({ Body }) => Body === 'not JSON')?.MessageAttributes).toMatchObject({
      reason: { StringValue: 'the message is not JSON' },
      from: { StringValue: expect.stringContaining('ResultsQueue') },
    });
    // Every message was received once: neither the results queue nor its redrive has any of them.
    expect(letters.map(({ Attributes }) => Attributes?.ApproximateReceiveCount)).toEqual(bodies.map(() => '1'));
    expect(await visible(cloud, 'ResultsQueue')).toEqual('0');
  });
});

describe("an owner's open requests", () => {
  let cloud: OwnCloud;
  beforeAll(async () => {
    cloud = await startOwnCloud();
  });
  afterAll(() => cloud.close());

  const submitHere = (owner: string, input: unknown) =>
    cloud.call('/v1/jobs/calibrate', { method: 'POST', body: input, headers: as(owner) });

  it('are limited, and ending one makes room again', async () => {
    const slow = { tasks: 1, leafMs: 30_000 };
    const accepted: Body[] = [];
    let refused = await submitHere('greedy', slow);
    for (; refused.status === 202; refused = await submitHere('greedy', slow)) accepted.push(refused.body);
    expect(refused).toMatchObject({ status: 429, body: { code: 'too-many-open-requests', errors: [{ limit: 100 }] } });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(accepted).toHaveLength(100);
    expect((await submitHere('modest', { tasks: 1 })).status).toBe(202);
    const [first] = accepted;
    await cloud.call(`/v1/requests/${first?.requestId}`, { method: 'DELETE', headers: as('greedy') });
    expect((await submitHere('greedy', { tasks: 1 })).status).toBe(202);
  });
});

const envelope = (requestId: string, resultsToken: string) => ({
  ...{ v: 1, requestId, job: 'calibrate', jobVersion: 1, leaf: 'load', expected: 2, shardSize: 2_500, hops: 1 },
  ...{ acceptedAt: 1, deadlineAt: 9e12, expiresAt: 9e12, resultsToken },
  results: [{ taskIndex: 0, attempt: 1, value: { index: 0, filler: 'forged' } }],
});

/** The token of a request, which only its leaves are told. */
async function tokenIn(cloud: OwnCloud, requestId: string): Promise<string> {
  const client = new DynamoDBClient({
    endpoint: cloud.endpoints.dynamodb,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const TableName = cloud.resource('ScatterGatherGatheringTable').ref as string;
  const { Item } = await client.send(
    new GetItemCommand({ TableName, Key: { pk: { S: requestId }, sk: { S: 'HEAD' } } }),
  );
  client.destroy();
  return Item?.resultsToken?.S ?? '';
}

const sqsOf = (cloud: OwnCloud) =>
  new SQSClient({
    endpoint: cloud.endpoints.sqs,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
const queueOf = (cloud: OwnCloud, name: string) => cloud.resource(`ScatterGatherGathering${name}`).ref as string;

async function send(cloud: OwnCloud, queue: string, MessageBody: string): Promise<void> {
  await sqsOf(cloud).send(new SendMessageCommand({ QueueUrl: queueOf(cloud, queue), MessageBody }));
}

const sendResults = (cloud: OwnCloud, requestId: string, token: string): Promise<void> =>
  send(cloud, 'ResultsQueue', JSON.stringify(envelope(requestId, token)));

/** Waits for as many dead letters, and takes what else is there. */
async function deadLetters(cloud: OwnCloud, count: number): Promise<Message[]> {
  const letters: Message[] = [];
  const asked = {
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All' as const],
  };
  for (let last: Message[] = []; letters.length < count || last.length > 0; letters.push(...last)) {
    const QueueUrl = queueOf(cloud, 'ResultsDeadLetterQueue');
    const WaitTimeSeconds = letters.length < count ? 20 : 0;
    const received = await sqsOf(cloud).send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, ...asked }));
    last = received.Messages ?? [];
  }
  return letters;
}

async function visible(cloud: OwnCloud, queue: string): Promise<string | undefined> {
  const AttributeNames = ['ApproximateNumberOfMessages' as const];
  const command = new GetQueueAttributesCommand({ QueueUrl: queueOf(cloud, queue), AttributeNames });
  return (await sqsOf(cloud).send(command)).Attributes?.ApproximateNumberOfMessages;
}
