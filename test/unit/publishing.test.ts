/** Tasks on their way to their leaves: nobody holds more than a few messages of a request, however large it is. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRangeQueue, createShardQueue } from '../../shared/aws/queues.ts';
import { createTaskPublisher } from '../../shared/aws/task-publisher.ts';
import type { TaskEnvelope } from '../../shared/core/envelope.ts';
import { BATCH_ENTRIES } from '../../shared/core/limits.ts';
import { publishTasks } from '../../shared/gathering/publish-tasks.ts';
import { createMemoryClaims } from '../../simulation/ports/memory-claims.ts';
import { aHead, aHeader } from '../support/builders.ts';
import { capturedPublisher, fakeClock } from '../support/fakes.ts';
import { aJob } from '../support/jobs.ts';
import { type LocalTopic, startLocalTopic } from '../support/local-topic.ts';

let local: LocalTopic;
beforeAll(async () => {
  local = await startLocalTopic();
});
afterAll(() => local.close());

const envelope = (taskIndex: number, changes: Partial<TaskEnvelope> = {}): TaskEnvelope => ({
  ...{ ...aHeader({ expected: 3_000, shardSize: 2_500 }), attempt: 1, replyTo: 'home' },
  tasks: [{ taskIndex, payload: taskIndex }],
  ...changes,
});

const publisher = () => createTaskPublisher(local.sns, local.topicArn, fakeClock());
const indexesIn = async () =>
  (await local.taken()).flatMap(({ Body = '' }) => (JSON.parse(Body) as TaskEnvelope).tasks.map((t) => t.taskIndex));

describe('the publisher', () => {
  test('publishes every message once, in batches of ten', async () => {
    const calls: number[] = [];
    local.sns.middlewareStack.add(
      (next) => async (args) => {
        const { PublishBatchRequestEntries: entries = [] } = args.input as { PublishBatchRequestEntries?: unknown[] };
        calls.push(entries.length);
        return next(args);
      },
      { step: 'initialize', name: 'counted', override: true },
    );
    await publisher().publish(Array.from({ length: 25 }, (_, index) => envelope(index)));
    local.sns.middlewareStack.remove('counted');
    expect(calls.toSorted((a, b) => a - b)).toEqual([5, 10, 10]);
    expect((await indexesIn()).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, index) => index));
  });

  test('says which leaf, and which lane', async () => {
    await publisher().publish([envelope(0), envelope(1, { expected: 2_500, leaf: 'other' })]);
    const attributes = (await local.taken()).map(({ MessageAttributes }) => [
      MessageAttributes?.leaf?.StringValue,
      MessageAttributes?.lane?.StringValue,
    ]);
    expect(attributes.toSorted()).toEqual([
      ['job.leaf', 'bulk'],
      ['job.other', 'small'],
    ]);
  });

  test('takes messages as it can send them, and holds a few batches of them at most', async () => {
    let [taken, accepted, most] = [0, 0, 0];
    local.sns.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        accepted += (args.input as { PublishBatchRequestEntries: unknown[] }).PublishBatchRequestEntries.length;
        return answer;
      },
      { step: 'initialize', name: 'accepted', override: true },
    );
    async function* many() {
      for (let index = 0; index < 300; index++) {
        most = Math.max(most, ++taken - accepted);
        yield envelope(index);
      }
    }
    await publisher().publish(many());
    local.sns.middlewareStack.remove('accepted');
    expect(accepted).toBe(300);
    expect(most).toBeLessThanOrEqual(10 * BATCH_ENTRIES);
    expect(await indexesIn()).toHaveLength(300);
  });

  test('throws what its source throws', async () => {
    function* broken() {
      yield envelope(0);
      throw new Error('boom');
    }
    await expect(publisher().publish(broken())).rejects.toThrow('boom');
    await local.taken();
  });
});

describe('the queues of larger requests', () => {
  test('send every message, however many', async () => {
    const looks = Array.from({ length: 23 }, (_, shard) => ({
      ...{ requestId: 'request', shard, seen: { arrived: shard, failed: 0 } },
    }));
    await createShardQueue(local.sqs, local.queueUrl, fakeClock()).send(looks);
    const bodies = (await local.taken()).map(({ Body = '' }) => JSON.parse(Body) as (typeof looks)[number]);
    expect(bodies.toSorted((a, b) => a.shard - b.shard)).toEqual(looks);
    const range = { requestId: 'request', shard: 7, hops: 2, traceparent: 'trace' };
    await createRangeQueue(local.sqs, local.queueUrl, fakeClock()).send([range]);
    expect((await local.taken()).map(({ Body = '' }) => JSON.parse(Body))).toEqual([range]);
  });

  test('send nothing when there is nothing to send', async () => {
    await createShardQueue(local.sqs, local.queueUrl, fakeClock()).send([]);
    expect(await local.taken()).toEqual([]);
  });
});

describe('publishing a range', () => {
  let yielded = 0;
  const job = aJob({
    tasksPerMessage: 10,
    *split(count) {
      yielded = 0;
      for (let index = 0; index < Number(count); index++) {
        yielded++;
        yield { payload: index };
      }
    },
  });
  const head = aHead({ expected: 100_000, shardSize: 2_500 });
  const publication = { head, job, input: 100_000, range: { from: 5_000, size: 2_500 }, hops: 2 };
  const carried = { claims: createMemoryClaims(), replyTo: 'home' };

  test('yields each of its tasks once, and asks the split for none beyond', async () => {
    const captured = capturedPublisher();
    expect(await publishTasks({ ...carried, publisher: captured }, publication)).toEqual({ value: 'published' });
    const indexes = captured.published.flatMap(({ tasks }) => tasks.map(({ taskIndex }) => taskIndex));
    expect(indexes).toEqual(Array.from({ length: 2_500 }, (_, offset) => 5_000 + offset));
    expect(captured.published).toHaveLength(250);
    expect(yielded).toBe(7_500);
    expect(captured.published[0]).toMatchObject({ hops: 2, replyTo: 'home', expiresAt: head.deadlineAt + 2_000 });
  });

  test('asks the split no faster than messages are taken', async () => {
    let most = 0;
    const slow = {
      async publish(envelopes: AsyncIterable<TaskEnvelope> | Iterable<TaskEnvelope>) {
        let taken = 0;
        for await (const { tasks } of envelopes) {
          taken += tasks.length;
          most = Math.max(most, yielded - 5_000 - taken);
        }
      },
    };
    await publishTasks({ ...carried, publisher: slow }, publication);
    expect(most).toBeLessThan(40);
  });

  test('says where when the split does not do what it did, and throws what else goes wrong', async () => {
    const shrunk = { ...publication, input: 6_000 };
    expect(await publishTasks({ ...carried, publisher: capturedPublisher() }, shrunk)).toMatchObject({
      error: { where: 'split', message: expect.stringContaining('6000') },
    });
    const broken = { publish: () => Promise.reject(new Error('no topic')) };
    await expect(publishTasks({ ...carried, publisher: broken }, publication)).rejects.toThrow('no topic');
  });
});
