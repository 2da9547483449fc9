import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { queue } from './support/assembly.ts';
import { sqsClient } from './support/clients.ts';
import { cloudForTest, type TestCloud } from './support/cloud.ts';

const COUNT = 60;
const quiet = { seed: 3, duplicates: 0, stragglers: 0, lateMs: 0 };

/** The bodies of everything a queue hands out after it was sent the numbers up to `COUNT`, deleted as they come. */
async function handedOut(cloud: TestCloud): Promise<string[]> {
  const client = sqsClient(cloud);
  const QueueUrl = cloud.resource('Queue').ref;
  for (let first = 0; first < COUNT; first += 10) {
    const Entries = Array.from({ length: 10 }, (_, n) => ({ Id: `${n}`, MessageBody: String(first + n) }));
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return bodies;
    for (const { Body = '', ReceiptHandle } of Messages) {
      bodies.push(Body);
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

const sent = Array.from({ length: COUNT }, (_, n) => String(n));
const inOrder = (bodies: readonly string[]) => bodies.toSorted((left, right) => Number(left) - Number(right));

test('a queue hands out everything once and in order unless told otherwise', async () => {
  const cloud = await cloudForTest({ Resources: { Queue: queue() } }, { pessimism: quiet });
  expect(await handedOut(cloud)).toEqual(sent);
});

test('a disorderly queue hands out everything once, in an order that its seed draws', async () => {
  const pessimism = { ...quiet, disorder: { repeats: 0 } };
  const [one, other] = [
    await cloudForTest({ Resources: { Queue: queue() } }, { pessimism }),
    await cloudForTest({ Resources: { Queue: queue() } }, { pessimism }),
  ];
  const bodies = await handedOut(one);
  expect(bodies).not.toEqual(sent);
  expect(inOrder(bodies)).toEqual(sent);
  expect(await handedOut(other)).toEqual(bodies);
});

test('a queue that repeats itself hands out a share of its messages twice, and none more often', async () => {
  const cloud = await cloudForTest(
    { Resources: { Queue: queue() } },
    { pessimism: { ...quiet, disorder: { repeats: 0.3 } } },
  );
  const times = Map.groupBy(await handedOut(cloud), (body) => body);
  expect(inOrder([...times.keys()])).toEqual(sent);
  const twice = [...times.values()].filter(({ length }) => length > 1);
  expect(twice.every(({ length }) => length === 2)).toBe(true);
  expect(twice.length).toBeGreaterThan(COUNT * 0.1);
  expect(twice.length).toBeLessThan(COUNT * 0.5);
});
