/** The port `TaskPublisher` on SNS: ten messages a PublishBatch, its bytes bounded, every entry of its answer checked. */
import { setImmediate as turn } from 'node:timers/promises';
import { PublishBatchCommand, type PublishBatchRequestEntry, type SNSClient } from '@aws-sdk/client-sns';
import type { TaskEnvelope } from '../core/envelope.ts';
import { hasOneShard } from '../core/gathering.ts';
import { wireJson } from '../core/json.ts';
import { BATCH_ENTRIES, SNS_MESSAGE_BYTES } from '../core/limits.ts';
import type { Clock } from '../core/ports/runtime.ts';
import type { TaskPublisher } from '../core/ports/work.ts';
import { inParallel, sendAll } from './batches.ts';

/** PublishBatch calls under way at once: ten thousand messages leave in a few seconds, and throttling slows them. */
const WIDTH = 8;

export const createTaskPublisher = (client: SNSClient, topicArn: string, clock: Clock): TaskPublisher => ({
  async publish(envelopes) {
    await inParallel(batched(envelopes, clock), WIDTH, (batch) =>
      sendAll('SNS', batch, (entries) => publishBatch(client, topicArn, entries), clock.sleep),
    );
  },
});

type Entry = PublishBatchRequestEntry & { readonly Id: string };

const toEntry = (envelope: TaskEnvelope, index: number): Entry => ({
  Id: String(index),
  Message: wireJson(envelope),
  MessageAttributes: {
    leaf: { DataType: 'String', StringValue: `${envelope.job}.${envelope.leaf}` },
    lane: { DataType: 'String', StringValue: hasOneShard(envelope) ? 'small' : 'bulk' },
  },
});

/** PublishBatch calls' entries, made as they can be sent. */
async function* batched(
  envelopes: AsyncIterable<TaskEnvelope> | Iterable<TaskEnvelope>,
  clock: Pick<Clock, 'now'>,
): AsyncGenerator<Entry[]> {
  let batch: Entry[] = [];
  let bytes = 0;
  let index = 0;
  for await (const envelope of envelopes) {
    const entry = toEntry({ ...envelope, publishedAt: clock.now() }, index++);
    const size = Buffer.byteLength(entry.Message ?? '') + 192; // the attributes' names, types and values count too
    if (batch.length === BATCH_ENTRIES || (batch.length > 0 && bytes + size > SNS_MESSAGE_BYTES)) {
      yield batch;
      // What was called is on its way before the next is made: leaves begin while most tasks are still being packed.
      await turn();
      [batch, bytes] = [[], 0];
    }
    batch.push(entry);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

async function publishBatch(client: SNSClient, topicArn: string, entries: Entry[]) {
  const { Failed = [] } = await client.send(
    new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: entries }),
  );
  return Failed;
}
