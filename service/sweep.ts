/**
 * Removes the queues of instances that died without removing them: those of the stack, by name and tag, that are older than a
 * while, and whose instance is silent in every one of some roll-calls. Whoever answers only once is alive.
 */
import type { SNSClient } from '@aws-sdk/client-sns';
import {
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { FanfoldError } from '../shared/core/errors.ts';
import { instancePrefix, type Owner, ownerOf } from './names.ts';
import { subscriptionsOf, unsubscribe } from './subscribing.ts';

/** Somebody who answered a roll-call. */
export interface Answered {
  readonly service: string;
  readonly instanceId: string;
  readonly address?: string;
}

export interface Sweeping {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly stackName: string;
  /** Topics that instances subscribe to. */
  readonly topicArns: readonly string[];
  /** Calls the roll, and says who answered. */
  callRoll(): Promise<readonly Answered[]>;
  readonly rollCalls: number;
  /** Queues younger than this are left alone, in ms: their instance may still be starting. */
  readonly olderThanMs: number;
  readonly now: () => number;
  /** Only says what it would remove. */
  readonly isDryRun?: boolean;
  /** Whether all of them may be dead: where nobody answers, it may as well be answers that are not taken in. */
  readonly mayAllBeDead?: boolean;
}

export interface InstanceQueue extends Owner {
  readonly url: string;
  readonly arn: string;
  readonly createdAt: number;
}

/**
 * The queues that were removed. Nothing is removed when a roll-call fails.
 *
 * @throws FanfoldError `nobody-answered` where not one instance did, unless they may all be dead.
 */
export async function sweep(sweeping: Sweeping): Promise<readonly InstanceQueue[]> {
  const queues = await instanceQueues(sweeping);
  const old = queues.filter(({ createdAt }) => sweeping.now() - createdAt >= sweeping.olderThanMs);
  if (old.length === 0) return [];
  const alive: Answered[] = [];
  for (let call = 0; call < sweeping.rollCalls; call++) alive.push(...(await sweeping.callRoll()));
  if (alive.length === 0 && !sweeping.mayAllBeDead)
    throw new FanfoldError('nobody-answered', 'no instance answered any roll-call: nothing is removed');
  const dead = old.filter((queue) => !alive.some((answered) => isOf(queue, answered)));
  if (!sweeping.isDryRun) for (const queue of dead) await remove(sweeping, queue);
  return dead;
}

const isOf = (queue: InstanceQueue, { service, instanceId, address }: Answered): boolean =>
  address === queue.url || (service === queue.service && instanceId === queue.instanceId);

async function instanceQueues({ sqs, stackName }: Sweeping): Promise<InstanceQueue[]> {
  const found: InstanceQueue[] = [];
  let NextToken: string | undefined;
  do {
    const wish = { QueueNamePrefix: instancePrefix(stackName), MaxResults: 1_000, NextToken };
    const page = await sqs.send(new ListQueuesCommand(wish));
    for (const url of page.QueueUrls ?? []) {
      const queue = await describe(sqs, url, stackName);
      if (queue) found.push(queue);
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

/** The queue if it is tagged as an instance's of this stack: a name alone may be anybody's. */
async function describe(sqs: SQSClient, url: string, stackName: string): Promise<InstanceQueue | undefined> {
  const { Tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl: url }));
  const owner = ownerOf(Tags, stackName);
  if (!owner) return undefined;
  const AttributeNames = ['QueueArn' as const, 'CreatedTimestamp' as const];
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames }));
  return { ...owner, url, arn: Attributes.QueueArn ?? '', createdAt: Number(Attributes.CreatedTimestamp) * 1_000 };
}

/** Subscriptions first: nothing is sent any more to what is removed. */
async function remove({ sqs, sns, topicArns }: Sweeping, { url, arn }: InstanceQueue): Promise<void> {
  for (const topicArn of topicArns)
    for (const subscription of await subscriptionsOf(sns, topicArn, arn)) await unsubscribe(sns, subscription);
  await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
}
