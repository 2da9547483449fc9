/**
 * Amazon SNS over HTTP(S), to endpoints that are subscribed while the cloud runs. fauxqs keeps their subscriptions, confirms and
 * ends them, and delivers to queues alone: what is published is heard here, and posted as SNS would. Signatures are of the
 * form, and prove nothing. https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html (read November 2026)
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Emit } from '../../events.ts';
import { type Answer, innerModule, type Stores } from '../fauxqs.ts';
import type { MessageCall } from '../message-calls.ts';

type SnsStore = Stores['snsStore'];
type Subscription = NonNullable<ReturnType<SnsStore['getSubscription']>>;
type Attributes = Readonly<Record<string, { readonly DataType: string; readonly StringValue?: string }>>;

/** What fauxqs tells of each message that was published. */
interface Published {
  readonly topicArn: string;
  readonly messageId: string;
  readonly body: string;
  readonly messageAttributes: Attributes;
}

export interface HttpDeliveriesOptions {
  readonly store: SnsStore;
  /** Where SNS is called here. */
  endpoint(): string;
  /** What is waited after each failure, before the next try. */
  readonly retryDelaysMs: readonly number[];
  /** Puts what nobody took into a queue. */
  deadLetter(queueArn: string, body: string): Promise<void>;
  readonly emit: Emit;
}

/** An endpoint has about so long to answer (SNS developer guide, "Prepare your endpoint", read November 2026). */
const PATIENCE_MS = 15_000;

type Matches = (policy: object, attributes: Attributes) => boolean;

export class HttpDeliveries {
  readonly #options: HttpDeliveriesOptions;
  readonly #matches: Matches;
  readonly #closing = new AbortController();

  private constructor(options: HttpDeliveriesOptions, matches: Matches) {
    this.#options = options;
    this.#matches = matches;
  }

  /** Hears of everything that is published from now on. */
  static async start(options: HttpDeliveriesOptions): Promise<HttpDeliveries> {
    const { matchesFilterPolicy } = await innerModule<{ matchesFilterPolicy: Matches }>('sns/filter.js');
    const deliveries = new HttpDeliveries(options, matchesFilterPolicy);
    const spy = { addMessage: (published: Published) => deliveries.#hear(published) };
    options.store.spy = spy as unknown as NonNullable<SnsStore['spy']>;
    return deliveries;
  }

  /** An answer as SNS gives it: an endpoint that was subscribed is asked to confirm, and until then has no ARN unless asked for. */
  after({ action, body }: MessageCall, answer: Answer): Answer {
    if (action !== 'Subscribe' || answer.status !== 200 || !isHttp(String(body.Protocol))) return answer;
    const xml = String(answer.body);
    const subscription = this.#options.store.getSubscription(ARN.exec(xml)?.[1] ?? '');
    if (!subscription || subscription.confirmed) return answer;
    void this.#post(subscription, 'SubscriptionConfirmation', randomUUID(), this.#confirmation(subscription));
    return body.ReturnSubscriptionArn === 'true' ? answer : { ...answer, body: xml.replace(ARN, PENDING) };
  }

  /** Ends what is under way. */
  close(): void {
    this.#closing.abort();
  }

  #hear(published: Published): void {
    const { store } = this.#options;
    for (const arn of store.getTopic(published.topicArn)?.subscriptionArns ?? []) {
      const subscription = store.getSubscription(arn);
      if (!subscription?.confirmed || !isHttp(subscription.protocol)) continue;
      const { FilterPolicy } = subscription.attributes;
      if (FilterPolicy && !this.#matches(JSON.parse(FilterPolicy), published.messageAttributes)) continue;
      void this.#post(subscription, 'Notification', published.messageId, this.#notification(subscription, published));
    }
  }

  #confirmation({ arn, topicArn }: Subscription): string {
    const query = new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn: topicArn, Token: arn });
    return JSON.stringify({
      ...{ Type: 'SubscriptionConfirmation', MessageId: randomUUID(), Token: arn, TopicArn: topicArn },
      Message: `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
      SubscribeURL: `${this.#options.endpoint()}/?${query}`,
      ...signed(),
    });
  }

  #notification(
    { arn, attributes }: Subscription,
    { topicArn, messageId, body, messageAttributes }: Published,
  ): string {
    if (attributes.RawMessageDelivery === 'true') return body;
    const told = Object.entries(messageAttributes).map(([name, { DataType, StringValue }]) => [
      name,
      { Type: DataType, Value: StringValue ?? '' },
    ]);
    const query = new URLSearchParams({ Action: 'Unsubscribe', SubscriptionArn: arn });
    return JSON.stringify({
      ...{ Type: 'Notification', MessageId: messageId, TopicArn: topicArn, Message: body },
      ...signed(),
      UnsubscribeURL: `${this.#options.endpoint()}/?${query}`,
      ...(told.length > 0 ? { MessageAttributes: Object.fromEntries(told) } : {}),
    });
  }

  /** Posts until it is taken, or nobody will take it. */
  async #post(subscription: Subscription, type: string, messageId: string, body: string): Promise<void> {
    const headers = headersOf(subscription, type, messageId);
    for (const pauseMs of [...this.#options.retryDelaysMs, undefined]) {
      const outcome = await this.#attempt(subscription.endpoint, headers, body);
      if (this.#closing.signal.aborted || outcome === 'taken') return;
      if (outcome === 'refused' || pauseMs === undefined) break;
      await delay(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
    if (this.#closing.signal.aborted) return;
    const { RedrivePolicy } = subscription.attributes;
    this.#options.emit({ kind: 'notice', message: `SNS gave up a ${type} to ${subscription.endpoint}` });
    if (RedrivePolicy) await this.#options.deadLetter(JSON.parse(RedrivePolicy).deadLetterTargetArn, body);
  }

  async #attempt(endpoint: string, headers: Record<string, string>, body: string): Promise<Outcome> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(PATIENCE_MS)]);
    try {
      const response = await fetch(endpoint, { method: 'POST', headers, body, redirect: 'manual', signal });
      await response.body?.cancel();
      return outcomeOf(response.status);
    } catch {
      return 'unreached';
    }
  }
}

type Outcome = 'taken' | 'refused' | 'unreached';

/** Errors of the client's are final, but for too many requests; errors of the server's are tried again. */
function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return 'taken';
  return status >= 300 && status < 500 && status !== 429 ? 'refused' : 'unreached';
}

const ARN = /<SubscriptionArn>([^<]+)<\/SubscriptionArn>/;
const PENDING = '<SubscriptionArn>pending confirmation</SubscriptionArn>';

const isHttp = (protocol: string): boolean => protocol === 'http' || protocol === 'https';

const signed = () => ({
  Timestamp: new Date().toISOString(),
  ...{ SignatureVersion: '1', Signature: 'EXAMPLE' },
  SigningCertURL: 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0000000000000000000000.pem',
});

function headersOf(
  { arn, topicArn, attributes }: Subscription,
  type: string,
  messageId: string,
): Record<string, string> {
  const isNotification = type === 'Notification';
  return {
    'content-type': 'text/plain; charset=UTF-8',
    'user-agent': 'Amazon Simple Notification Service Agent',
    'x-amz-sns-message-type': type,
    'x-amz-sns-message-id': messageId,
    'x-amz-sns-topic-arn': topicArn,
    ...(isNotification ? { 'x-amz-sns-subscription-arn': arn } : {}),
    ...(isNotification && attributes.RawMessageDelivery === 'true' ? { 'x-amz-sns-rawdelivery': 'true' } : {}),
  };
}
