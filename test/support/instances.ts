/** Instances of services as anybody would write them: a queue of their own, subscribed to the roll-calls, that answers. */
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll } from 'vitest';
import type { TaskEnvelope } from '../../shared/core/envelope.ts';
import type { RollCallEnvelope } from '../../shared/core/roll-call/roll-call.ts';
import { type OwnCloud, startOwnCloud } from './cloud.ts';

const CLIENT = { region: 'eu-west-2', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

export interface Clients {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  /** Messages that lie in a queue. */
  waiting(queueUrl: string): Promise<number>;
  close(): void;
}

export function clientsOf(cloud: OwnCloud): Clients {
  const sqs = new SQSClient({ ...CLIENT, endpoint: cloud.endpoints.sqs });
  const sns = new SNSClient({ ...CLIENT, endpoint: cloud.endpoints.sns });
  return {
    ...{ sqs, sns },
    waiting: async (QueueUrl) => {
      const AttributeNames = ['ApproximateNumberOfMessages'] as const;
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
      );
      return Number(Attributes?.ApproximateNumberOfMessages);
    },
    close: () => {
      sqs.destroy();
      sns.destroy();
    },
  };
}

export interface InstanceOptions {
  readonly service: string;
  readonly instanceId: string;
  /** What it answers: its own name unless said otherwise; nothing at all for `silent`. */
  readonly answers?: 'silent' | ((envelope: RollCallEnvelope) => readonly object[]);
  /** What it does with any other message. */
  readonly take?: (body: Record<string, unknown>) => Promise<void>;
  readonly tags?: Record<string, string>;
  /** The name of its queue; any unless said otherwise. */
  readonly queueName?: string;
}

export interface RunningInstance {
  readonly address: string;
  /** Messages that it has received, roll-calls too. */
  readonly received: readonly Record<string, unknown>[];
  stop(): Promise<void>;
}

/** An answer to a roll-call as an instance says it. */
export const presentAs = (
  { rollCallId, answersToken }: RollCallEnvelope,
  instance: { readonly service: string; readonly instanceId: string } & Record<string, unknown>,
) => ({ v: 1, kind: 'present', rollCallId, answersToken, ...instance });

/** An instance's queue as the stack's instances have them. */
export const instanceQueue = (service: string, instanceId: string) => ({
  queueName: `Fanfold-instance-${service}-${instanceId}`,
  tags: { 'fanfold:stack': 'Fanfold', 'fanfold:service': service, 'fanfold:instance': instanceId },
});

/** The results of all tasks of a message, each with the same value. */
export const answersTo = ({ tasks, attempt, replyTo: _, ...header }: TaskEnvelope, value: unknown) => ({
  ...{ ...header, hops: header.hops + 1 },
  results: tasks.map(({ taskIndex, label }) => ({ taskIndex, attempt, ...(label ? { label } : {}), value })),
});

/** Starts one: from here on it is asked. */
async function startInstance(
  cloud: OwnCloud,
  { sqs, sns }: Clients,
  options: InstanceOptions,
): Promise<RunningInstance> {
  const { service, instanceId, answers, take, tags, queueName = `${service}-${instanceId}` } = options;
  const { QueueUrl: address = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: queueName, ...(tags ? { tags } : {}) }),
  );
  await subscribeTo({ sqs, sns }, cloud.resource('ScatterGatherGatheringRollCallsTopic').ref, address);
  const received: Record<string, unknown>[] = [];
  const stopped = new AbortController();
  const say =
    answers === 'silent' ? () => [] : (answers ?? ((asked) => [presentAs(asked, { service, instanceId, address })]));
  const running = poll(sqs, address, stopped.signal, async (message) => {
    const body = JSON.parse(message.Body ?? '') as Record<string, unknown>;
    received.push(body);
    if (body.kind !== 'roll-call') return take?.(body);
    const asked = body as unknown as RollCallEnvelope;
    await Promise.all(say(asked).map((answer) => send(sqs, asked.replyTo, answer)));
  });
  return {
    ...{ address, received },
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}

export interface Fleet {
  readonly cloud: OwnCloud;
  readonly clients: Clients;
  /** Starts an instance that ends with the file's tests, if not before. */
  start(options: InstanceOptions): Promise<RunningInstance>;
}

/** A cloud of its own for the tests of a file, with instances that end before it does. */
export function useFleet(): Fleet {
  const running: RunningInstance[] = [];
  let cloud: OwnCloud;
  let clients: Clients;
  beforeAll(async () => {
    cloud = await startOwnCloud();
    clients = clientsOf(cloud);
  });
  afterAll(async () => {
    await Promise.all(running.map((instance) => instance.stop()));
    clients.close();
    await cloud.close();
  });
  return {
    get cloud() {
      return cloud;
    },
    get clients() {
      return clients;
    },
    async start(options) {
      const instance = await startInstance(cloud, clients, options);
      running.push(instance);
      return instance;
    },
  };
}

export const send = (sqs: SQSClient, QueueUrl: string, body: object) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));

/** Subscribes a queue to a topic, with raw delivery. */
export async function subscribeTo(
  { sqs, sns }: Pick<Clients, 'sqs' | 'sns'>,
  TopicArn: string,
  QueueUrl: string,
  filter?: Record<string, readonly string[]>,
): Promise<void> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const Endpoint = Attributes?.QueueArn;
  const attributes = { RawMessageDelivery: 'true', ...(filter ? { FilterPolicy: JSON.stringify(filter) } : {}) };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: attributes }));
}

async function poll(
  sqs: SQSClient,
  QueueUrl: string,
  signal: AbortSignal,
  take: (message: Message) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const Messages = await receive(sqs, QueueUrl, signal);
    await Promise.all(
      Messages.map(async (message) => {
        await take(message);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      }),
    );
  }
}

async function receive(sqs: SQSClient, QueueUrl: string, abortSignal: AbortSignal): Promise<readonly Message[]> {
  try {
    const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 });
    return (await sqs.send(command, { abortSignal })).Messages ?? [];
  } catch (error) {
    if (abortSignal.aborted) return [];
    throw error;
  }
}
