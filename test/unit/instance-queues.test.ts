/** Instances' queues over the real SDK: only those of the stack, by name and tag, are ever written to. */
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
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

async function queue(QueueName: string, stack?: string): Promise<string> {
  const tags = stack === undefined ? {} : { tags: { 'fanfold:stack': stack } };
  return (await local.sqs.send(new CreateQueueCommand({ QueueName, ...tags }))).QueueUrl ?? '';
}
async function received(QueueUrl: string): Promise<TaskEnvelope[]> {
  const { Messages = [] } = await local.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body }) => JSON.parse(Body ?? ''));
}

describe('the queue of an instance', () => {
  it('of the stack takes tasks, stamped with when', async () => {
    const address = await queue('Mine-instance-pricing-a', 'Mine');
    expect(await queuesOf(fakeClock(5_000)).send(address, envelope)).toBe('sent');
    expect(await received(address)).toEqual([{ ...envelope, publishedAt: 5_000 }]);
  });

  it('is looked for beside ours, wherever its address says it is', async () => {
    const { pathname } = new URL(await queue('Mine-instance-pricing-b', 'Mine'));
    expect(await queuesOf().send(`https://evil.example${pathname}`, envelope)).toBe('sent');
  });

  it.each([
    ['has another name', 'pricing-a', 'Mine'],
    ['has the name of another stack', 'Other-instance-pricing-a', 'Mine'],
    ['has a name that ours begins with', 'Mine-instances', 'Mine'],
    ['is tagged as another stack’s', 'Mine-instance-pricing-c', 'Other'],
    ['has no tag', 'Mine-instance-pricing-d', undefined],
  ])('is foreign where it %s, and takes nothing', async (_, name, stack) => {
    const address = await queue(name, stack);
    expect(await queuesOf().send(address, envelope)).toBe('foreign');
    expect(await received(address)).toEqual([]);
  });

  it.each([
    ['no URL', 'nonsense'],
    ['another account', 'https://sqs.eu-west-2.amazonaws.com/999999999999/Mine-instance-pricing-a'],
    ['a longer path', 'https://sqs.eu-west-2.amazonaws.com/000000000000/Mine-instance-pricing-a/more'],
    ['a name that is none', 'https://sqs.eu-west-2.amazonaws.com/000000000000/Mine-instance-a%2Fb'],
  ])('is foreign where its address is one of %s', async (_, address) => {
    expect(await queuesOf().send(address, envelope)).toBe('foreign');
  });

  it('is gone where there is none, or none any more', async () => {
    const { pathname } = new URL(local.queueUrl);
    const account = pathname.split('/')[1];
    expect(await queuesOf().send(`https://q/${account}/Mine-instance-pricing-never`, envelope)).toBe('gone');
    const address = await queue('Mine-instance-pricing-e', 'Mine');
    const queues = queuesOf();
    expect(await queues.send(address, envelope)).toBe('sent');
    await local.sqs.send(new DeleteQueueCommand({ QueueUrl: address }));
    expect(await queues.send(address, envelope)).toBe('gone');
  });
});
