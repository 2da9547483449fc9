/** A leaf that takes its tasks from a queue, and answers to another, which is made here and removed. */
import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Answer, LeafUnderTest } from './leaf.ts';
import { notification } from './notification.ts';

const LONGEST_POLL_MS = 20_000;

/** The leaf behind `queueUrl`. Without `raw`, messages come as SNS delivers them to a queue otherwise. */
export async function queueLeaf(queueUrl: string, { raw }: { readonly raw: boolean }): Promise<LeafUnderTest> {
  const region = /^https:\/\/sqs\.([\w-]+)\./.exec(queueUrl)?.[1];
  const sqs = new SQSClient(region ? { region } : {});
  const create = new CreateQueueCommand({ QueueName: `fanfold-leaf-check-${randomUUID()}` });
  const { QueueUrl = '' } = await sqs.send(create);
  return {
    replyTo: QueueUrl,
    async send(body) {
      const MessageBody = raw ? body : JSON.stringify(notification(body));
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
    },
    receive: (ms) => receive(sqs, QueueUrl, ms),
    async close() {
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
      sqs.destroy();
    },
  };
}

/** Waits in whole seconds, as SQS does. */
async function receive(sqs: SQSClient, QueueUrl: string, ms: number): Promise<readonly Answer[]> {
  const WaitTimeSeconds = Math.ceil(Math.min(ms, LONGEST_POLL_MS) / 1_000);
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds });
  const { Messages = [] } = await sqs.send(command);
  if (Messages.length === 0) return [];
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  return Messages.map(({ Body = '' }) => ({ body: Body }));
}
