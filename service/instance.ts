/**
 * A running copy of a service that is a leaf. It shares the service's queue with the others, where the tasks come in that any of them may do;
 * a queue of its own, made at start and removed at the end, brings roll-calls, and tasks that are meant for it alone.
 */
import { hostname } from 'node:os';
import { SNSClient } from '@aws-sdk/client-sns';
import { DeleteQueueCommand, type Message, SQSClient } from '@aws-sdk/client-sqs';
import { type Answering, answer } from '../functions/leaf/answer.ts';
import { createAnswered } from '../functions/leaf/answered.ts';
import { openBucket } from '../shared/aws/bucket.ts';
import { createClaimStore } from '../shared/aws/claims.ts';
import { createResultsSender } from '../shared/aws/queues.ts';
import { systemClock, systemTimers } from '../shared/aws/system.ts';
import type { TaskEnvelope } from '../shared/core/envelope.ts';
import { FanfoldError } from '../shared/core/errors.ts';
import type { Leaf } from '../shared/core/job.ts';
import { parseTaskEnvelope } from '../shared/core/parse-envelope.ts';
import type { Telemetry } from '../shared/core/ports/telemetry.ts';
import { instanceQueueName, type Owner, serviceQueueName, tagsOf } from './names.ts';
import { drain, type Polling, poll } from './poller.ts';
import { type Answerer, answerRollCall, isRollCall, type Present } from './present.ts';
import { makeQueue, subscribe, unsubscribe } from './subscribing.ts';

export interface InstanceOptions {
  readonly stackName: string;
  readonly service: string;
  /** Of this copy alone; the host's name and the process unless given. */
  readonly instanceId?: string;
  /** The stack's outputs of these names. */
  readonly tasksTopicArn: string;
  readonly rollCallsTopicArn: string;
  /** What it does, by `<job>.<leaf>`. */
  readonly leaves: Readonly<Record<string, Leaf<never, unknown>>>;
  readonly version?: string;
  /** What it says of itself in roll-calls, 2 KiB of JSON at most. */
  readonly metadata?: () => Readonly<Record<string, unknown>>;
  /** How long a batch of ten messages may take, in ms, whole seconds: what is not done then comes again (30 s). */
  readonly batchMs?: number;
  /** How long one poll waits, in whole seconds, 20 at most: two queues are polled, at $0.40 a million (5). */
  readonly pollSeconds?: number;
  /** The bucket of claims, where payloads or values may be too large for messages. */
  readonly claimsBucket?: string;
  readonly telemetry?: Telemetry;
}

export interface RunningInstance {
  readonly instanceId: string;
  /** The URL of its own queue. */
  readonly address: string;
  /** Finishes what it has taken, unsubscribes and removes its own queue. The service's queue stays. */
  stop(): Promise<void>;
}

const SILENT: Telemetry = { count: () => undefined, log: () => undefined, warn: () => undefined };
/** Time kept of a batch's for sending what is known, in ms. */
const MARGIN_MS = 750;
const RETENTION_MS = 24 * 3_600_000;

/** Starts it: from here on it gets tasks and is asked. @throws FanfoldError `invalid-name` when its names make no name of a queue. */
export async function startInstance(options: InstanceOptions): Promise<RunningInstance> {
  const { tasksTopicArn, rollCallsTopicArn, leaves, batchMs = 30_000, telemetry = SILENT } = options;
  const owner: Owner = { instanceId: `${hostname().replaceAll('.', '-')}-${process.pid}`, ...options };
  const names = { shared: serviceQueueName(owner), own: instanceQueueName(owner) };
  const [sqs, sns] = [new SQSClient(), new SNSClient()];
  const visibilitySeconds = Math.ceil(batchMs / 1_000);
  const { instanceId: _, ...service } = owner;
  const wish = { visibilitySeconds, tags: tagsOf(service), topicArn: tasksTopicArn };
  const shared = await makeQueue(sqs, { ...wish, name: names.shared });
  await subscribe(sns, tasksTopicArn, shared.arn, { leaf: Object.keys(leaves) });
  const own = await makeQueue(sqs, { ...wish, name: names.own, tags: tagsOf(owner), topicArn: rollCallsTopicArn });
  const rollCalls = await subscribe(sns, rollCallsTopicArn, own.arn);
  const take = taker(options, sqs, { ...presentOf(options, owner), address: own.url }, batchMs);
  const polling = (queueUrl: string): Polling => ({
    ...{ sqs, queueUrl, take, telemetry, clock: systemClock, waitSeconds: options.pollSeconds ?? 5 },
  });
  const stopping = new AbortController();
  const running = [shared, own].map(({ url }) => poll(polling(url), stopping.signal));
  const stop = async (): Promise<void> => {
    await unsubscribe(sns, rollCalls);
    stopping.abort();
    await Promise.all(running);
    await drain(polling(own.url));
    await sqs.send(new DeleteQueueCommand({ QueueUrl: own.url }));
    sqs.destroy();
    sns.destroy();
  };
  let stopped: Promise<void> | undefined;
  return { instanceId: owner.instanceId, address: own.url, stop: () => (stopped ??= stop()) };
}

const presentOf = (
  { version, metadata }: InstanceOptions,
  { service, instanceId }: Owner,
): Omit<Present, 'address'> => ({
  ...{ service, instanceId },
  ...(version === undefined ? {} : { version }),
  ...(metadata ? { metadata } : {}),
});

/** Does a batch of messages, tasks and roll-calls alike; those that are done, or will never be. */
function taker(options: InstanceOptions, sqs: SQSClient, present: Present, batchMs: number): Polling['take'] {
  const answering = answeringOf(options, sqs);
  const answerer: Answerer = { sqs, present, telemetry: options.telemetry ?? SILENT };
  return async (messages) => {
    const stopAt = systemClock.now() + batchMs - Math.min(MARGIN_MS, batchMs / 4);
    const read = messages.map((message) => ({ message, body: parsed(message) }));
    const asked = read.map(({ body }) => body).filter(isRollCall);
    await Promise.all(asked.map((each) => answerRollCall(answerer, each, systemClock.now())));
    const envelopes = read.flatMap(({ body }) => taskEnvelope(body, options.telemetry ?? SILENT) ?? []);
    // Read is the body itself, checked: whoever is unsent is found by it.
    const again = new Set<unknown>(await answerAll(answering, envelopes, stopAt));
    return read.filter(({ body }) => !again.has(body)).map(({ message }) => message);
  };
}

type AnswerAll = (name: string) => Answering | undefined;

/** Answers what each leaf has of a batch; a task for a leaf that it does not have is left to die, and known by that. */
async function answerAll(
  answering: AnswerAll,
  envelopes: readonly TaskEnvelope[],
  stopAt: number,
): Promise<readonly TaskEnvelope[]> {
  const byLeaf = Map.groupBy(envelopes, ({ job, leaf }) => `${job}.${leaf}`);
  const unsent = await Promise.all(
    [...byLeaf].map(([name, its]) => {
      const own = answering(name);
      return own ? answer(own, its, stopAt) : its;
    }),
  );
  return unsent.flat();
}

function answeringOf({ leaves, claimsBucket, telemetry = SILENT }: InstanceOptions, sqs: SQSClient): AnswerAll {
  const claims = createClaimStore(async () => openBucket(bucketOf(claimsBucket)), systemClock);
  const results = createResultsSender(sqs);
  const answered = createAnswered();
  const system = { clock: systemClock, timers: systemTimers };
  const shared = { ...system, ...{ results, claims, telemetry, answered, retentionMs: RETENTION_MS } };
  return (name) => {
    const leaf = leaves[name];
    return leaf && { ...shared, leaf: leaf as Leaf<unknown, unknown> };
  };
}

function bucketOf(name: string | undefined): string {
  if (name) return name;
  throw new FanfoldError('no-bucket', 'this service was given no bucket of claims');
}

function parsed({ Body = '' }: Message): unknown {
  try {
    return JSON.parse(Body);
  } catch {
    return undefined;
  }
}

/** A message that is none is dropped: it would be none the next time. */
function taskEnvelope(body: unknown, telemetry: Telemetry): TaskEnvelope | undefined {
  if (isRollCall(body)) return undefined;
  try {
    return parseTaskEnvelope(body);
  } catch (error) {
    telemetry.warn('not an envelope', { reason: String(error) });
    return undefined;
  }
}
