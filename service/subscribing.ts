/** Queues that a service makes, and their subscriptions. Making what is there already changes nothing. */
import {
  ListSubscriptionsByTopicCommand,
  SetSubscriptionAttributesCommand,
  type SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

export interface MadeQueue {
  readonly url: string;
  readonly arn: string;
}

export interface QueueWish {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** How long a message stays hidden from others once it was taken, in seconds. */
  readonly visibilitySeconds: number;
  /** The topic that may send to it. */
  readonly topicArn: string;
}

export async function makeQueue(sqs: SQSClient, wish: QueueWish): Promise<MadeQueue> {
  const { name, tags, topicArn, visibilitySeconds } = wish;
  const Attributes = { VisibilityTimeout: String(visibilitySeconds), SqsManagedSseEnabled: 'true' };
  const create = new CreateQueueCommand({ QueueName: name, Attributes, tags: { ...tags } });
  const { QueueUrl: url = '' } = await sqs.send(create);
  const asked = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] });
  const arn = (await sqs.send(asked)).Attributes?.QueueArn ?? '';
  const Policy = policyFor(arn, topicArn);
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }));
  return { url, arn };
}

const policyFor = (queueArn: string, topicArn: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' } },
        ...{ Action: 'sqs:SendMessage', Resource: queueArn },
        Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
      },
    ],
  });

/** Subscribes a queue, raw, to what a filter lets through; the subscription's ARN. Another filter than it had takes its place. */
export async function subscribe(
  sns: SNSClient,
  topicArn: string,
  queueArn: string,
  filter?: Readonly<Record<string, readonly string[]>>,
): Promise<string> {
  const policy = filter && JSON.stringify(filter);
  const Attributes = { RawMessageDelivery: 'true', ...(policy ? { FilterPolicy: policy } : {}) };
  const wish = { TopicArn: topicArn, Protocol: 'sqs', Endpoint: queueArn, ReturnSubscriptionArn: true };
  try {
    return (await sns.send(new SubscribeCommand({ ...wish, Attributes }))).SubscriptionArn ?? '';
  } catch (error) {
    // It is subscribed, with another filter: an earlier version of the service had other leaves.
    const [arn] =
      (error as Error).name === 'InvalidParameterException' ? await subscriptionsOf(sns, topicArn, queueArn) : [];
    if (!arn || !policy) throw error;
    const change = { SubscriptionArn: arn, AttributeName: 'FilterPolicy', AttributeValue: policy };
    await sns.send(new SetSubscriptionAttributesCommand(change));
    return arn;
  }
}

/** The confirmed subscriptions of a queue to a topic. */
export async function subscriptionsOf(sns: SNSClient, topicArn: string, queueArn: string): Promise<string[]> {
  const found: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn, NextToken }));
    for (const { Endpoint, SubscriptionArn } of page.Subscriptions ?? [])
      if (Endpoint === queueArn && SubscriptionArn?.startsWith('arn:')) found.push(SubscriptionArn);
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

export const unsubscribe = async (sns: SNSClient, SubscriptionArn: string): Promise<void> =>
  void (await sns.send(new UnsubscribeCommand({ SubscriptionArn })));
