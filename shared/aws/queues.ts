/** The ports on SQS: results home, timers, and what larger requests have others do. */
import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { wireJson } from '../core/json.ts';
import { BATCH_ENTRIES } from '../core/limits.ts';
import type { NoticeQueue } from '../core/ports/notices.ts';
import type { Clock } from '../core/ports/runtime.ts';
import type {
  DeadLetters,
  EndingQueue,
  NestedQueue,
  RangeQueue,
  ResultsSender,
  ShardQueue,
  TimerQueue,
} from '../core/ports/work.ts';
import type { AnswersSender } from '../core/roll-call/ports.ts';
import { isDeadline } from '../core/timer.ts';
import { requiredEnv } from '../env.ts';
import { inParallel, sendAll } from './batches.ts';

export const createResultsSender = (client: SQSClient): ResultsSender => ({
  async send(replyTo, envelope) {
    await client.send(new SendMessageCommand({ QueueUrl: replyTo, MessageBody: wireJson(envelope) }));
  },
});

/** All answers go to one queue, whatever their roll-call. */
export const createAnswersSender = (client: SQSClient, queueUrl: string): AnswersSender => ({
  async send(answer) {
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: wireJson(answer) }));
  },
});

/** Deadlines have a queue of their own, whose consumer is quick. */
export const createTimerQueue = (
  client: SQSClient,
  urls: { readonly deadlines: string; readonly others: string },
): TimerQueue => ({
  async schedule(timer, DelaySeconds) {
    const QueueUrl = isDeadline(timer) ? urls.deadlines : urls.others;
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(timer), DelaySeconds }));
  },
});

/** The queues that the environment names. */
export const timersFromEnv = (client: SQSClient): TimerQueue =>
  createTimerQueue(client, {
    deadlines: requiredEnv('DEADLINES_QUEUE_URL'),
    others: requiredEnv('TIMERS_QUEUE_URL'),
  });

export const createNoticeQueue = (client: SQSClient, queueUrl: string): NoticeQueue => ({
  async send(due, delaySeconds) {
    await client.send(
      new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(due), DelaySeconds: delaySeconds }),
    );
  },
});

/** The letter's body as it came; why it was given up, and where it was, are message attributes. */
export const createDeadLetters = (client: SQSClient, queueUrl: string): DeadLetters => ({
  async keep({ body, reason, from }) {
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const MessageAttributes = { reason: text(reason), from: text(from) };
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, MessageAttributes }));
  },
});

export const createRangeQueue = (client: SQSClient, queueUrl: string, clock: Clock): RangeQueue => ({
  send: (ranges) => sendBatches(client, queueUrl, ranges, clock),
});

/** One message a call: a request's input is as large as a value, and ten of them may be more than a batch takes. */
export const createNestedQueue = (client: SQSClient, queueUrl: string): NestedQueue => ({
  send: (submissions) =>
    inParallel(submissions, WIDTH, async (submission) => {
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: wireJson(submission) }));
    }),
});

export const createEndingQueue = (client: SQSClient, queueUrl: string, clock: Clock): EndingQueue => ({
  send: (endings) => sendBatches(client, queueUrl, endings, clock),
});

export const createShardQueue = (client: SQSClient, queueUrl: string, clock: Clock): ShardQueue => ({
  send: (looks) => sendBatches(client, queueUrl, looks, clock),
});

/** SendMessageBatch calls under way at once. */
const WIDTH = 4;

/** Sends small messages, ten a call, every entry of its answer checked. */
async function sendBatches(
  client: SQSClient,
  queueUrl: string,
  messages: readonly object[],
  { sleep }: Clock,
): Promise<void> {
  const entries = messages.map((message, index) => ({ Id: String(index), MessageBody: JSON.stringify(message) }));
  const batches = Array.from({ length: Math.ceil(entries.length / BATCH_ENTRIES) }, (_, batch) =>
    entries.slice(batch * BATCH_ENTRIES, (batch + 1) * BATCH_ENTRIES),
  );
  await inParallel(batches, WIDTH, (batch) =>
    sendAll(
      'SQS',
      batch,
      async (rest) => {
        const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: rest });
        return (await client.send(command)).Failed ?? [];
      },
      sleep,
    ),
  );
}
