/** A root's queue, through the real SDK, on SQS as the local cloud has it. */
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { createQueue } from '../../root/queue.ts';
import { type LocalTopic, startLocalTopic } from '../support/local-topic.ts';

let local: LocalTopic;
const calls: { readonly name: string; readonly input: object }[] = [];

beforeAll(async () => {
  local = await startLocalTopic();
  local.sqs.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        calls.push({ name: commandName.replace(/Command$/, ''), input: args.input });
        return next(args);
      },
    { step: 'initialize' },
  );
});
afterAll(() => local.close());

const aQueue = () => createQueue(local.sqs, local.queueUrl, { waitSeconds: 0, visibilitySeconds: 30 });
const send = (MessageBody: string) => local.sqs.send(new SendMessageCommand({ QueueUrl: local.queueUrl, MessageBody }));

test('hides what it hands out, shows it again when it should, and removes it for good', async () => {
  const queue = aQueue();
  await send('one');
  const [first, ...none] = await queue.receive(10);
  expect([first?.Body, none, await queue.receive(10)]).toEqual(['one', [], []]);
  await queue.show(first ? [first] : [], 0);
  const [again] = await queue.receive(10);
  expect([again?.MessageId, again?.Attributes?.ApproximateReceiveCount]).toEqual([first?.MessageId, '2']);
  await queue.remove(again ? [again] : []);
  await queue.show([], 0);
  expect(await local.taken()).toEqual([]);
});

test('keeps messages hidden by hiding them anew at a third of the time, until it is told to stop', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const queue = aQueue();
  await send('two');
  const messages = await queue.receive(10);
  calls.length = 0;
  const errors: unknown[] = [];
  const hidden = queue.keepHidden(messages, (error) => errors.push(error));
  vi.advanceTimersByTime(9_999);
  expect(calls).toEqual([]);
  vi.advanceTimersByTime(10_001);
  const again = { Entries: [{ Id: '0', ReceiptHandle: messages[0]?.ReceiptHandle, VisibilityTimeout: 30 }] };
  expect(calls).toMatchObject([
    { name: 'ChangeMessageVisibilityBatch', input: again },
    { name: 'ChangeMessageVisibilityBatch', input: again },
  ]);
  hidden[Symbol.dispose]();
  vi.advanceTimersByTime(60_000);
  expect([calls.length, errors]).toEqual([2, []]);
  await queue.remove(messages);
});

test('says so when SQS refuses some of a batch', async () => {
  const unknown = [{ MessageId: 'x', ReceiptHandle: 'nobody has it' }];
  await expect(aQueue().show(unknown, 5)).rejects.toThrow(/SQS refused 1 messages|ReceiptHandle/);
});
