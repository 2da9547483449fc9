/** Completion notices over the whole stack: to whoever subscribed, for the jobs that want it, whoever dies. */
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { CompletionNotice } from '../../shared/core/ports/notices.ts';
import { killOnce } from '../support/assassin.ts';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';
import { synthesizeFixture } from '../support/fixture-project.ts';

let cloud: OwnCloud;
let sqs: SQSClient;
let sns: SNSClient;

beforeAll(async () => {
  cloud = await startOwnCloud();
  const client = { region: 'eu-west-2', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  sqs = new SQSClient({ ...client, endpoint: cloud.endpoints.sqs });
  sns = new SNSClient({ ...client, endpoint: cloud.endpoints.sns });
});
afterAll(async () => {
  sqs.destroy();
  sns.destroy();
  await cloud.close();
});

/** A queue of a subscriber of ours, with SNS's own filter. */
async function subscribe(name: string, filter?: Record<string, readonly string[]>): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const attributes = { RawMessageDelivery: 'true', ...(filter ? { FilterPolicy: JSON.stringify(filter) } : {}) };
  const TopicArn = cloud.resource('ScatterGatherGatheringCompletionsTopic').ref;
  await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn, Attributes: attributes }),
  );
  return QueueUrl;
}

/** The next notice, however long it takes. */
async function nextNotice(QueueUrl: string): Promise<CompletionNotice> {
  for (;;) {
    const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    if (!message) continue;
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    return JSON.parse(message.Body ?? '') as CompletionNotice;
  }
}

describe('a callback', () => {
  it('is refused where no host is allowed, naming what is wrong', async () => {
    const headers = { 'callback-secret': Buffer.alloc(24).toString('base64') };
    const query = `?callback=${encodeURIComponent('https://hooks.example.com/')}`;
    const { status, body } = await cloud.ask('calibrate', { tasks: 1 }, query, headers);
    expect({ status, field: body.errors[0]?.field }).toEqual({ status: 400, field: 'callback' });
    expect(body.detail).toContain('callbackHosts');
  });

  it('of an allowed host is tried, and tried again; its key shows nowhere, and belongs to the submission', async () => {
    const fixture = await synthesizeFixture({ callbackHosts: 'hooks.invalid' });
    const events: unknown[] = [];
    const own = await startOwnCloud({ assembly: fixture.assembly, onEvent: (event) => void events.push(event) });
    onTestFinished(async () => {
      await own.close();
      fixture.remove();
    });
    const again = Promise.withResolvers<void>();
    own.intercept(({ functionId, body }) => {
      if (functionId.includes('Notifier') && JSON.stringify(body).includes(String.raw`\"attempt\":2`)) again.resolve();
      return 'pass';
    });
    const secret = Buffer.alloc(32, 9).toString('base64');
    const query = `?callback=${encodeURIComponent('https://hooks.invalid/done')}`;
    const headers = { 'callback-secret': secret, 'idempotency-key': 'once' };
    const { status } = await own.ask('calibrate', { tasks: 1 }, query, headers);
    expect(status).toBe(200);
    await again.promise;
    const other = { ...headers, 'callback-secret': Buffer.alloc(32, 8).toString('base64') };
    expect((await own.ask('calibrate', { tasks: 1 }, query, other)).body.code).toBe('key-reused');
    expect(JSON.stringify(events)).not.toContain(secret);
  });
});

const unruly = (behaviours: readonly string[], query = '') => cloud.ask('unruly', { behaviours }, query);

describe('the completions topic', () => {
  it('tells of every request of a job that wants it, and lets subscribers filter by status', async () => {
    const [all, partial] = [await subscribe('all'), await subscribe('partial', { status: ['partial'] })];
    await cloud.ask('calibrate', { tasks: 1 });
    const { body } = await unruly(['answer', 'answer']);
    const { requestId, job, status, completionReason, version, tasks, coverage, closedAt } = body as typeof body & {
      readonly job: string;
    };
    expect(await nextNotice(all)).toMatchObject({
      ...{ v: 1, requestId, job, status, completionReason, version, tasks, coverage, closedAt },
      links: { self: `/v1/requests/${requestId}` },
    });
    const lesser = await unruly(['answer', 'throw-finally']);
    expect((await nextNotice(all)).requestId).toBe(lesser.body.requestId);
    expect(await nextNotice(partial)).toMatchObject({ requestId: lesser.body.requestId, coverage: 0.5 });
  });

  it('tells when whoever closed died before asking for the notice', async () => {
    const all = await subscribe('after-a-death');
    const closes = /:closed/;
    const { intercept, killed } = killOnce('', { verdict: 'kill-after', at: 1 }, ({ body }) =>
      closes.test(JSON.stringify(body)),
    );
    cloud.intercept(intercept);
    const input = { behaviours: ['answer'] };
    await cloud.call('/v1/jobs/unruly?deadlineMs=2000', { method: 'POST', body: input });
    const notice = await nextNotice(all);
    cloud.intercept(undefined);
    expect(killed).toHaveLength(1);
    expect(notice).toMatchObject({ job: 'unruly', status: 'complete', tasks: { succeeded: 1 } });
  });
});
