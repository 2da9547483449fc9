/** Instances' queues over the real SDK: only those of the stack, by name and tag, are ever written to. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInstanceQueues } from '../../shared/aws/instance-queues.ts';
import type { TaskEnvelope } from '../../shared/core/envelope.ts';
import { aHeader } from '../support/builders.ts';
import { fakeClock } from '../support/fakes.ts';
import { type LocalTopic, startLocalTopic } from '../support/local-topic.ts';

let local: LocalTopic;
beforeAll(async () => {
  local = await startLocalTopic();
});
afterAll(() => local.close());

const envelope: TaskEnvelope = {
  ...aHeader({ instance: 'i-1' }),
  ...{ attempt: 1, replyTo: 'results', tasks: [{ taskIndex: 0, payload: 1 }] },
};
const queuesOf = (clock = fakeClock()) =>
  createInstanceQueues(local.sqs, { besideQueueUrl: local.queueUrl, stackName: 'Mine', clock });

const pricing = (address: string) => ({ service: 'pricing', instanceId: 'i-1', address });
const tagged = (stack: string, service = 'pricing', instance = 'i-1') => ({
  ...{ 'fanfold:stack': stack, 'fanfold:service': service, 'fanfold:instance': instance },
});

async function queue(QueueName: string, itsTags?: Record<string, string>): Promise<string> {
  const tags = itsTags === undefined ? {} : { tags: itsTags };
  return (await local.sqs.send(new CreateQueueCommand({ QueueName, ...tags }))).QueueUrl ?? '';
}
async function received(QueueUrl: string): Promise<TaskEnvelope[]> {
  const { Messages = [] } = await local.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body }) => JSON.parse(Body ?? ''));
}

describe('the queue of an instance', () => {
  it('of the stack takes tasks, stamped with when', async () => {
    const address = await queue('Mine-instance-pricing-a', tagged('Mine'));
    expect(await queuesOf(fakeClock(5_000)).send(pricing(address), envelope)).toBe('sent');
    expect(await received(address)).toEqual([{ ...envelope, publishedAt: 5_000 }]);
  });

  it('is looked for beside ours, wherever its address says it is', async () => {
    const { pathname } = new URL(await queue('Mine-instance-pricing-b', tagged('Mine')));
    expect(await queuesOf().send(pricing(`https://evil.example${pathname}`), envelope)).toBe('sent');
  });

  it.each([
    ['has another name', 'pricing-a', tagged('Mine')],
    ['has the name of another stack', 'Other-instance-pricing-a', tagged('Mine')],
    ['has a name that ours begins with', 'Mine-instances', tagged('Mine')],
    ['is tagged as another stack’s', 'Mine-instance-pricing-c', tagged('Other')],
    ['is tagged as another service’s', 'Mine-instance-pricing-f', tagged('Mine', 'evil')],
    ['is tagged as another instance’s', 'Mine-instance-pricing-g', tagged('Mine', 'pricing', 'i-2')],
    ['says only whose stack it is of', 'Mine-instance-pricing-h', { 'fanfold:stack': 'Mine' }],
    ['has no tag', 'Mine-instance-pricing-d', undefined],
  ])('is foreign where it %s, and takes nothing', async (_, name, tags) => {
    const address = await queue(name, tags);
    expect(await queuesOf().send(pricing(address), envelope)).toBe('foreign');
    expect(await received(address)).toEqual([]);
  });

  it('is asked again whose it is where it is another instance’s that says it is its own', async () => {
    const address = await queue('Mine-instance-pricing-i', tagged('Mine'));
    const queues = queuesOf();
    expect(await queues.send(pricing(address), envelope)).toBe('sent');
    expect(await queues.send({ ...pricing(address), service: 'evil' }, envelope)).toBe('foreign');
    expect(await queues.send({ ...pricing(address), instanceId: 'i-2' }, envelope)).toBe('foreign');
    expect(await received(address)).toHaveLength(1);
  });

  it.each([
    ['no URL', 'nonsense'],
    ['another account', 'https://sqs.eu-west-2.amazonaws.com/999999999999/Mine-instance-pricing-a'],
    ['a longer path', 'https://sqs.eu-west-2.amazonaws.com/000000000000/Mine-instance-pricing-a/more'],
    ['a name that is none', 'https://sqs.eu-west-2.amazonaws.com/000000000000/Mine-instance-a%2Fb'],
  ])('is foreign where its address is one of %s', async (_, address) => {
    expect(await queuesOf().send(pricing(address), envelope)).toBe('foreign');
  });

  it('is gone where there is none, or none any more', async () => {
    const { pathname } = new URL(local.queueUrl);
    const account = pathname.split('/')[1];
    expect(await queuesOf().send(pricing(`https://q/${account}/Mine-instance-pricing-never`), envelope)).toBe('gone');
    const address = await queue('Mine-instance-pricing-e', tagged('Mine'));
    const queues = queuesOf();
    expect(await queues.send(pricing(address), envelope)).toBe('sent');
    await local.sqs.send(new DeleteQueueCommand({ QueueUrl: address }));
    expect(await queues.send(pricing(address), envelope)).toBe('gone');
  });

  it.each([
    ['AccessDeniedException', 'foreign'],
    ['AccessDenied', 'foreign'],
    ['KmsDisabled', 'foreign'],
    ['InvalidParameterValue', 'foreign'],
    ['KmsThrottled', 'an error'],
    ['RequestThrottled', 'an error'],
    ['ExpiredToken', 'an error'],
  ])('that answers %s is %s', async (name, outcome) => {
    const answers = createServer((_, response) =>
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ __type: name })),
    );
    await once(answers.listen(0, '127.0.0.1'), 'listening');
    const endpoint = `http://127.0.0.1:${(answers.address() as AddressInfo).port}`;
    const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
    const client = new SQSClient({ ...{ region: 'eu-west-2', endpoint, credentials, maxAttempts: 1 } });
    const options = { besideQueueUrl: `${endpoint}/000000000000/results`, stackName: 'Mine', clock: fakeClock() };
    const address = `${endpoint}/000000000000/Mine-instance-pricing-a`;
    const sent = createInstanceQueues(client, options).send(pricing(address), envelope);
    expect(await sent.catch(() => 'an error')).toBe(outcome);
    client.destroy();
    answers.close();
  });
});
