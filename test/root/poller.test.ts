import type { Message } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RETRY_SECONDS } from '../../root/limits.ts';
import { Poller, type QueueHandler } from '../../root/poller.ts';
import type { Queue } from '../../root/queue.ts';
import { capturedTelemetry, fakeClock } from '../support/fakes.ts';

/** A queue whose receives are answered when the test says so, and which notes what is done to its messages. */
function aQueue() {
  const waiting: PromiseWithResolvers<Message[]>[] = [];
  const asked: PromiseWithResolvers<void>[] = [];
  const notes = { removed: [] as string[], shown: [] as [string, number][], hidden: new Set<string>() };
  const ids = (messages: readonly Message[]) => messages.map(({ MessageId = '' }) => MessageId);
  const queue: Queue = {
    url: 'https://sqs.eu-west-2.amazonaws.com/123456789012/results',
    receive() {
      const answer = Promise.withResolvers<Message[]>();
      waiting.push(answer);
      asked.shift()?.resolve();
      return answer.promise;
    },
    async remove(messages) {
      notes.removed.push(...ids(messages));
    },
    async show(messages, seconds) {
      notes.shown.push(...ids(messages).map((id): [string, number] => [id, seconds]));
    },
    keepHidden(messages) {
      for (const id of ids(messages)) notes.hidden.add(id);
      const show = () => {
        for (const id of ids(messages)) notes.hidden.delete(id);
      };
      return { [Symbol.dispose]: show };
    },
  };
  /** The next receive that the poller makes, or is making. */
  const receiving = async (): Promise<PromiseWithResolvers<Message[]>> => {
    if (waiting.length === 0) {
      const next = Promise.withResolvers<void>();
      asked.push(next);
      await next.promise;
    }
    const answer = waiting.shift();
    if (!answer) throw new Error('there is no receive');
    return answer;
  };
  return { queue, notes, receiving, isReceiving: () => waiting.length > 0 };
}

const message = (MessageId: string, receives = 1): Message => ({
  ...{ MessageId, ReceiptHandle: `handle of ${MessageId}`, Body: MessageId },
  Attributes: { ApproximateReceiveCount: String(receives) },
});

const failing = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

function polling(
  handle: QueueHandler,
  { atOnce = 1, batchMs = 60_000, ...retries }: { atOnce?: number; batchMs?: number; retrySeconds?: number[] } = {},
) {
  const its = aQueue();
  const telemetry = capturedTelemetry();
  const clock = fakeClock();
  const poller = new Poller(
    { queue: its.queue, handle, batchSize: 10, atOnce, ...retries },
    { region: 'eu-west-2', clock, telemetry, batchMs },
  );
  onTestFinished(async () => {
    const stopped = poller.stop();
    while (its.isReceiving()) (await its.receiving()).resolve([]);
    await stopped;
  });
  return { ...its, poller, telemetry, clock };
}

/** Ends the poller: all that it had begun is done then. */
async function ended({ poller, receiving, isReceiving }: ReturnType<typeof polling>): Promise<void> {
  const stopped = poller.stop();
  if (isReceiving()) (await receiving()).resolve([]);
  await stopped;
}

describe('a poller', () => {
  it('deletes what its handler took, and has what failed shown again, later the more often it failed', async () => {
    const its = polling(async () => failing('b', 'c', 'd'));
    (await its.receiving()).resolve([message('a'), message('b'), message('c', 3), message('d', 9)]);
    (await its.receiving()).resolve([]);
    await ended(its);
    expect(its.notes.removed).toEqual(['a']);
    expect(its.notes.shown).toEqual([
      ['b', RETRY_SECONDS[0]],
      ['c', RETRY_SECONDS[2]],
      ['d', RETRY_SECONDS[3]],
    ]);
  });

  it('has what failed shown again sooner where it cannot wait as long', async () => {
    const its = polling(async () => failing('a', 'b', 'c'), { retrySeconds: [2, 7] });
    (await its.receiving()).resolve([message('a'), message('b', 2), message('c', 3)]);
    (await its.receiving()).resolve([]);
    await ended(its);
    expect(its.notes.shown).toEqual([
      ['a', 2],
      ['b', 7],
      ['c', 7],
    ]);
  });

  it('deletes nothing of a batch whose handler threw', async () => {
    const its = polling(async () => {
      throw new Error('broken');
    });
    (await its.receiving()).resolve([message('a'), message('b')]);
    (await its.receiving()).resolve([]);
    await ended(its);
    expect(its.notes.removed).toEqual([]);
    expect(its.notes.shown.map(([id]) => id)).toEqual(['a', 'b']);
  });

  it('hands over what Lambda would', async () => {
    const seen: unknown[] = [];
    const its = polling(async (event, context) => {
      seen.push(event, context.getRemainingTimeInMillis());
      return failing();
    });
    const MessageAttributes = {
      text: { DataType: 'String', StringValue: 'x' },
      bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(1, 2) },
    };
    (await its.receiving()).resolve([{ ...message('a', 2), MessageAttributes, MD5OfBody: 'md5' }]);
    (await its.receiving()).resolve([]);
    await ended(its);
    expect(seen).toEqual([
      {
        Records: [
          {
            ...{ messageId: 'a', receiptHandle: 'handle of a', body: 'a', md5OfBody: 'md5' },
            attributes: { ApproximateReceiveCount: '2' },
            messageAttributes: {
              text: { stringValue: 'x', stringListValues: [], binaryListValues: [], dataType: 'String' },
              bytes: { binaryValue: 'AQI=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
            },
            eventSource: 'aws:sqs',
            eventSourceARN: 'arn:aws:sqs:eu-west-2:123456789012:results',
            awsRegion: 'eu-west-2',
          },
        ],
      },
      30_000,
    ]);
  });

  it('keeps messages hidden while they are worked on, and no longer', async () => {
    const work = Promise.withResolvers<ReturnType<typeof failing>>();
    const begun = Promise.withResolvers<void>();
    const its = polling(() => {
      begun.resolve();
      return work.promise;
    });
    (await its.receiving()).resolve([message('a'), message('b')]);
    await begun.promise;
    expect([...its.notes.hidden]).toEqual(['a', 'b']);
    work.resolve(failing());
    (await its.receiving()).resolve([]);
    await ended(its);
    expect([...its.notes.hidden]).toEqual([]);
  });

  it('gives up a batch that takes too long, so that others have its room', async () => {
    const its = polling(() => new Promise(() => undefined), { batchMs: 10 });
    (await its.receiving()).resolve([message('a')]);
    (await its.receiving()).resolve([]);
    await ended(its);
    expect(its.notes).toEqual({ removed: [], shown: [['a', RETRY_SECONDS[0]]], hidden: new Set() });
  });

  it('receives no more than it has room for', async () => {
    const work: PromiseWithResolvers<ReturnType<typeof failing>>[] = [];
    const its = polling(
      () => {
        const batch = Promise.withResolvers<ReturnType<typeof failing>>();
        work.push(batch);
        return batch.promise;
      },
      { atOnce: 2 },
    );
    (await its.receiving()).resolve([message('a')]);
    (await its.receiving()).resolve([message('b')]);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect([work.length, its.isReceiving()]).toEqual([2, false]);
    work[1]?.resolve(failing());
    (await its.receiving()).resolve([]);
    expect(its.notes.removed).toEqual(['b']);
    work[0]?.resolve(failing());
    await ended(its);
  });

  it('gives back at once what it receives while it is stopping, and finishes what it had begun', async () => {
    const work = Promise.withResolvers<ReturnType<typeof failing>>();
    const its = polling(() => work.promise, { atOnce: 2 });
    (await its.receiving()).resolve([message('a')]);
    const late = await its.receiving();
    const stopped = its.poller.stop();
    late.resolve([message('b')]);
    work.resolve(failing());
    await stopped;
    expect(its.notes).toMatchObject({ removed: ['a'], shown: [['b', 0]] });
    expect(its.isReceiving()).toBe(false);
  });

  it('goes on when a receive fails, and says since when they do', async () => {
    const its = polling(async () => failing());
    expect(its.poller.failingSince).toBeUndefined();
    const since = its.clock.now();
    (await its.receiving()).reject(new Error('no such queue'));
    const second = await its.receiving();
    expect(its.poller.failingSince).toBe(since);
    second.reject(new Error('no such queue'));
    const third = await its.receiving();
    expect(its.poller.failingSince).toBe(since);
    third.resolve([message('a')]);
    (await its.receiving()).resolve([]);
    expect(its.poller.failingSince).toBeUndefined();
    await ended(its);
    expect(its.notes.removed).toEqual(['a']);
  });
});
