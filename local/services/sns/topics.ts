/**
 * Amazon SNS: makes the template's topics and subscriptions. fauxqs never delivers to Lambda, so a function's subscription is a
 * hidden queue with the same filter, read here and handed to the function as SNS would.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery } from '../../delivery.ts';
import type { Emit } from '../../events.ts';
import { LocalCloudError } from '../../failure.ts';
import { ACCOUNT, arn } from '../../template/identity.ts';
import type { Resource, Stack } from '../../template/stack.ts';
import type { AsyncInvocations } from '../lambda/asynchronous.ts';
import type { LambdaFunction } from '../lambda/function.ts';
import type { Messaging } from '../messaging.ts';
import {
  createQueue,
  deleteMessages,
  LONGEST_WAIT_SECONDS,
  type ReceivedMessage,
  receive,
  SQS_BATCH,
} from '../sqs/queues.ts';
import { filterPolicy } from './filter-policy.ts';
import { snsEvent } from './sns-event.ts';

export interface SnsContext {
  readonly stack: Stack;
  readonly messaging: Messaging;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly invocations: AsyncInvocations;
  readonly delivery: Delivery;
  readonly emit: Emit;
}

/** Protocols to people, who are not on this laptop's loopback. */
const IGNORED_PROTOCOLS = new Set(['email', 'email-json', 'sms']);

/** Makes topics and subscriptions; the returned function ends the deliveries to functions. */
export async function startTopics(context: SnsContext): Promise<() => void> {
  for (const { attributes } of context.stack.ofType('AWS::SNS::Topic'))
    await context.messaging.sns('CreateTopic', { Name: attributes.TopicName ?? '' });
  const closing = new AbortController();
  for (const subscription of context.stack.ofType('AWS::SNS::Subscription')) {
    const protocol = String(subscription.properties.Protocol);
    if (protocol === 'sqs') await subscribeQueue(subscription, context);
    else if (protocol === 'lambda') await subscribeFunction(subscription, context, closing.signal);
    else if (!IGNORED_PROTOCOLS.has(protocol)) throw unsupported(subscription, `the protocol ${protocol}`);
  }
  return () => closing.abort();
}

async function subscribeQueue(subscription: Resource, context: SnsContext): Promise<void> {
  const queue = context.stack.named(subscription.properties.Endpoint);
  if (queue?.type !== 'AWS::SQS::Queue') throw unsupported(subscription, 'a queue that is not of this stack');
  if (Number(queue.properties.DelaySeconds ?? 0) > 0)
    throw unsupported(subscription, `${queue.logicalId}'s DelaySeconds, which fauxqs forgets for SNS`);
  const raw = { RawMessageDelivery: String(subscription.properties.RawMessageDelivery ?? false) };
  await subscribe(subscription, queue.attributes.Arn ?? '', raw, context);
}

async function subscribeFunction(subscription: Resource, context: SnsContext, signal: AbortSignal): Promise<void> {
  const { stack, messaging, functions } = context;
  const target = functions.get(stack.named(subscription.properties.Endpoint)?.logicalId ?? '');
  if (!target) throw unsupported(subscription, 'a function that is not of this stack');
  const name = `sns-to-${subscription.logicalId}`.slice(0, 80);
  messaging.hide(name);
  await createQueue(messaging, name, {});
  await subscribe(subscription, arn('sqs', stack.naming.region, name), {}, context);
  const queueUrl = `${messaging.endpoint}/${ACCOUNT}/${name}`;
  void relayTo(target, subscription, queueUrl, context, signal);
}

async function subscribe(
  subscription: Resource,
  endpoint: string,
  attributes: Record<string, string>,
  { messaging }: SnsContext,
): Promise<void> {
  const all = Object.entries({ ...attributes, ...filterPolicy(subscription) });
  const entries = all.flatMap(([key, value], index) => [
    [`Attributes.entry.${index + 1}.key`, key],
    [`Attributes.entry.${index + 1}.value`, value],
  ]);
  await messaging.sns('Subscribe', {
    TopicArn: String(subscription.properties.TopicArn),
    Protocol: 'sqs',
    Endpoint: endpoint,
    ...Object.fromEntries(entries),
  });
}

/** SNS invokes asynchronously: once Lambda has accepted a message, SNS is done with it. */
async function relayTo(
  target: LambdaFunction,
  subscription: Resource,
  queueUrl: string,
  context: SnsContext,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const messages = await receive(context.messaging, queueUrl, SQS_BATCH, LONGEST_WAIT_SECONDS);
      if (signal.aborted || messages.length === 0) continue;
      handOver(target, subscription, messages, context, signal);
      await deleteMessages(context.messaging, queueUrl, messages);
    } catch (error) {
      if (signal.aborted) return;
      context.emit({ kind: 'notice', message: `deliveries to ${target.id}: ${error}` });
      await delay(1000, undefined, { signal }).catch(() => undefined);
    }
  }
}

function handOver(
  target: LambdaFunction,
  subscription: Resource,
  messages: readonly ReceivedMessage[],
  context: SnsContext,
  signal: AbortSignal,
): void {
  for (const batch of context.delivery.batches(target.id, messages)) {
    const submit = () => {
      for (const message of batch.messages)
        context.invocations.submit(target, JSON.stringify(snsEvent(message.Body, subscription)));
    };
    if (batch.afterMs === 0) submit();
    else delay(batch.afterMs, undefined, { signal }).then(submit, () => undefined);
  }
}

function unsupported({ logicalId }: Resource, what: string): LocalCloudError {
  return new LocalCloudError('unsupported', `${logicalId}: the local cloud does not subscribe ${what}`);
}
