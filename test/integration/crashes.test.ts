/**
 * Nothing is lost when a function is killed between any two of its calls to AWS: the messages it held come back when
 * their visibility ends (shortened here), and a submission is repeated under its idempotency key.
 */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ServiceCall } from '../../local/services/intercept.ts';
import { withVisibility } from '../support/amended-assembly.ts';
import { deathsAt, killOnce, killPerRequest } from '../support/assassin.ts';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';

const TASKS = 12;
const WHOLE = { tasks: TASKS, sumOfIndexes: (TASKS * (TASKS - 1)) / 2, bytes: TASKS * 10 };

describe('a function killed between any two of its calls', () => {
  let cloud: OwnCloud;

  beforeAll(async () => {
    cloud = await startOwnCloud({ assembly: withVisibility(inject('assembly'), 1) });
  });
  afterAll(() => cloud.close());

  const submit = (key: string, tasks = TASKS) =>
    cloud.ask('calibrate', { tasks, resultBytes: 10 }, '', { 'idempotency-key': key });

  it.each([1, 2, 3, 4, 5, 6, 7])('distributor, after its call %i: a repeat resumes the request', async (at) => {
    const { intercept, killed } = killOnce('Distributor', { verdict: 'kill-after', at });
    cloud.intercept(intercept);
    const first = await submit(`distributor-${at}`);
    cloud.intercept(undefined);
    const { status, body } = await submit(`distributor-${at}`);
    expect({ died: killed.length, first: first.status }).toEqual({ died: 1, first: 500 });
    expect({ status, aggregate: body.aggregate }).toEqual({ status: 200, aggregate: WHOLE });
  });

  // A few at a time: a message that rides with five deaths is given up, as it should be.
  it.each([1, 3, 5])(
    'aggregator, at its calls %i and the next: its messages come again, and tasks are counted once',
    async (at) => {
      const deaths = deathsAt(at + 1).slice(-4);
      const { intercept, killed } = killPerRequest('Aggregator', deaths);
      cloud.intercept(intercept);
      const answers = await Promise.all(deaths.map((death) => submit(`aggregator-${death.verdict}-${death.at}`)));
      cloud.intercept(undefined);
      const seen = answers.map(({ body: { status, tasks, aggregate } }) => ({ status, tasks, aggregate }));
      const tasks = { expected: TASKS, succeeded: TASKS, failed: 0, missing: 0 };
      expect(seen).toEqual(deaths.map(() => ({ status: 'complete', tasks, aggregate: WHOLE })));
      // A request has two such calls at least; the distributor may make the rest of them.
      if (at === 1) expect(killed).toHaveLength(4);
    },
  );

  it.each(['kill-before', 'kill-after'] as const)(
    'aggregator, %s the write that closes a request with its only result in it: the result is in, once',
    async (verdict) => {
      const isIt = ({ body }: ServiceCall): boolean => /answer = :answer, #chunk = :chunk/.test(JSON.stringify(body));
      const { intercept, killed } = killOnce('Aggregator', { verdict, at: 1 }, isIt);
      cloud.intercept(intercept);
      const { body } = await submit(`whole-${verdict}`, 1);
      cloud.intercept(undefined);
      expect(body.aggregate).toEqual({ tasks: 1, sumOfIndexes: 0, bytes: 10 });
      expect(killed).toHaveLength(1);
    },
  );

  it.each([
    ['Distributor', 'registering the head', /"sk":\{"S":"HEAD"\}.*"jobVersion"/],
    ['Scatterer', 'telling the head that they are sent', /ADD scattered/],
    ['Scatterer', 'noting that all are', /scatteredAt = if_not_exists/],
    ['Aggregator', 'marking results', /ADD arrived :arrived, failed :failed, beside/],
    ['Aggregator', 'asking for a look', /"shard\\+":\d+,\\+"seen/],
    ['Closer', 'sealing a shard', /sealedAt = if_not_exists/],
    ['Closer', 'keeping its fold', /"sk":\{"S":"FOLD"\}.*"accumulated"/],
    ['Closer', 'telling the head of it', /ADD arrived :arrived, failed :failed, folded/],
    ['Closer', 'beginning to close', /closingAt = :at/],
    ['Closer', 'keeping the answer', /AGGREGATE#1.*"facts"/],
  ])('%s, after %s: a request of several shards counts each task once all the same', async (victim, what, write) => {
    const isIt = ({ body }: ServiceCall): boolean => write.test(JSON.stringify(body));
    const { intercept, killed } = killOnce(victim, { verdict: 'kill-after', at: 1 }, isIt);
    cloud.intercept(intercept);
    const tasks = 2_600;
    const submitted = () =>
      cloud.ask('calibrate', { tasks, resultBytes: 10 }, '', {
        'idempotency-key': `${victim} ${what}`.replaceAll(' ', '-'),
      });
    const first = await submitted();
    cloud.intercept(undefined);
    const { body } = first.status === 200 ? first : await submitted();
    expect(body.aggregate).toEqual({ tasks, sumOfIndexes: (tasks * (tasks - 1)) / 2, bytes: tasks * 10 });
    expect(killed).toHaveLength(1);
  });

  // The warden looks four seconds before a deadline that is further off.
  it.each([
    ...[1, 2, 3, 4, 5].map((at) => ['Timer', at, 1_000] as const),
    ...[1, 2, 3].map((at) => ['Warden', at, 5_000] as const),
  ])('%s, after its call %i: the request closes all the same, with no reader', async (victim, at, deadlineMs) => {
    const { intercept, killed } = killOnce(victim, { verdict: 'kill-after', at });
    cloud.intercept(intercept);
    const input = { tasks: 2, stragglers: 1, stragglerMs: 60_000 };
    const { body } = await cloud.call(`/v1/jobs/calibrate?deadlineMs=${deadlineMs}`, { method: 'POST', body: input });
    expect(await reasonOnceClosed(cloud, body.requestId)).toBe('deadline-passed');
    cloud.intercept(undefined);
    expect(killed).toHaveLength(1);
  });
});

/** Why a request closed, once it is, read past every reader of ours: they would close it. */
async function reasonOnceClosed(cloud: OwnCloud, requestId: string): Promise<string | undefined> {
  const client = new DynamoDBClient({
    endpoint: cloud.endpoints.dynamodb,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const TableName = String(cloud.resources.find(({ type }) => type.startsWith('AWS::DynamoDB'))?.ref);
  const Key = { pk: { S: requestId }, sk: { S: 'HEAD' } };
  for (;;) {
    const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    if (Item?.state?.S === 'closed') return Item.reason?.S;
  }
}
