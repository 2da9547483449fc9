/** Subscriptions that are made while the cloud runs, as leaves outside of the stack make theirs. */
import {
  PublishCommand,
  SetSubscriptionAttributesCommand,
  type SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueUrlCommand, ListQueuesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Endpoint, endpointForTest, type Posted } from '../support/endpoint.ts';
import { queue } from './support/assembly.ts';
import { nextBody, snsClient, sqsClient } from './support/clients.ts';
import { cloudForTest, type TestCloud } from './support/cloud.ts';

const ONLY_OURS = JSON.stringify({ leaf: ['quote.pricing'] });
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

let cloud: TestCloud;
let sns: SNSClient;
let sqs: SQSClient;
let TopicArn: string;

beforeEach(async () => {
  const Resources = { Topic: { Type: 'AWS::SNS::Topic' }, Undelivered: queue() };
  cloud = await cloudForTest({ Resources }, { limits: { httpRetryDelaysMs: [0, 0, 0] } });
  [sns, sqs] = [snsClient(cloud), sqsClient(cloud)];
  TopicArn = cloud.resource('Topic').ref;
});

const publish = (Message: string, leaf = 'quote.pricing') =>
  sns.send(
    new PublishCommand({ TopicArn, Message, MessageAttributes: { leaf: { DataType: 'String', StringValue: leaf } } }),
  );

const subscribe = (Protocol: string, Endpoint: string, Attributes: Record<string, string> = {}) =>
  sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes, ReturnSubscriptionArn: true }));

const isType = (type: string) => (posted: Posted) =>
  posted.headers['x-amz-sns-message-type'] === type ? posted : undefined;
const holding = (text: string) => (posted: Posted) => (posted.body.includes(text) ? posted : undefined);

/** Subscribes an endpoint, and visits the link that it is sent. */
async function confirmed(endpoint: Endpoint, attributes: Record<string, string> = {}): Promise<string> {
  const { SubscriptionArn = '' } = await subscribe('http', endpoint.url, attributes);
  const { body } = await endpoint.seen(isType('SubscriptionConfirmation'));
  const response = await fetch(JSON.parse(body).SubscribeURL);
  expect(await response.text()).toContain(`<SubscriptionArn>${SubscriptionArn}</SubscriptionArn>`);
  return SubscriptionArn;
}

describe('a queue', () => {
  test('is where its URL says, whoever asks for it', async () => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'own' }));
    expect(QueueUrl).toBe(`${cloud.endpoints.sqs}/000000000000/own`);
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'own' }))).QueueUrl).toBe(QueueUrl);
    expect((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'ow' }))).QueueUrls).toEqual([QueueUrl]);
  });

  test('gets what its filter lets through, raw, and another filter holds from then on', async () => {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'own' }));
    const attributes = { FilterPolicy: ONLY_OURS, RawMessageDelivery: 'true' };
    const { SubscriptionArn } = await subscribe('sqs', queueArn('own'), attributes);
    await publish('others', 'quote.other');
    await publish('ours');
    expect(await nextBody(sqs, QueueUrl)).toBe('ours');
    await sns.send(
      new SetSubscriptionAttributesCommand({
        ...{ SubscriptionArn, AttributeName: 'FilterPolicy' },
        AttributeValue: JSON.stringify({ leaf: ['quote.other'] }),
      }),
    );
    await publish('no longer ours');
    await publish('others again', 'quote.other');
    expect(await nextBody(sqs, QueueUrl)).toBe('others again');
  });
});

describe('an HTTP endpoint', () => {
  test('is asked to confirm, and gets nothing until it has', async () => {
    const endpoint = await endpointForTest();
    const pending = await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: `${endpoint.url}/hook` }),
    );
    expect(pending.SubscriptionArn).toBe('pending confirmation');
    const { path, headers, body } = await endpoint.seen(isType('SubscriptionConfirmation'));
    expect(path).toBe('/hook');
    expect(headers).toMatchObject({ 'x-amz-sns-topic-arn': TopicArn, 'content-type': 'text/plain; charset=UTF-8' });
    expect(JSON.parse(body)).toMatchObject({ Type: 'SubscriptionConfirmation', TopicArn, Token: expect.any(String) });
    await publish('too early');
    await fetch(JSON.parse(body).SubscribeURL);
    await publish('in time');
    await endpoint.seen(holding('in time'));
    expect(endpoint.posted.filter(holding('too early'))).toEqual([]);
  });

  test('gets notifications that its filter lets through', async () => {
    const endpoint = await endpointForTest();
    const arn = await confirmed(endpoint, { FilterPolicy: ONLY_OURS });
    await publish('others', 'quote.other');
    const { MessageId } = await publish('ours');
    const { headers, body } = await endpoint.seen(holding('ours'));
    expect(headers).toMatchObject({
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': MessageId,
      'x-amz-sns-topic-arn': TopicArn,
      'x-amz-sns-subscription-arn': arn,
    });
    expect(JSON.parse(body)).toEqual({
      ...{ Type: 'Notification', MessageId, TopicArn, Message: 'ours', SignatureVersion: '1' },
      ...{ Timestamp: expect.any(String), Signature: expect.any(String), SigningCertURL: expect.any(String) },
      UnsubscribeURL: expect.stringContaining('Action=Unsubscribe'),
      MessageAttributes: { leaf: { Type: 'String', Value: 'quote.pricing' } },
    });
    expect(endpoint.posted.filter(holding('others'))).toEqual([]);
  });

  test('gets the message alone with raw delivery', async () => {
    const endpoint = await endpointForTest();
    await confirmed(endpoint, { RawMessageDelivery: 'true' });
    await publish('{"raw":"héllo 🚂"}');
    const { headers, body } = await endpoint.seen(isType('Notification'));
    expect(body).toBe('{"raw":"héllo 🚂"}');
    expect(headers['x-amz-sns-rawdelivery']).toBe('true');
  });

  test('is tried again as the same message while its server fails', async () => {
    let failures = 3;
    const endpoint = await endpointForTest((posted) => (isType('Notification')(posted) && failures-- > 0 ? 503 : 200));
    await confirmed(endpoint);
    const { MessageId } = await publish('again');
    await endpoint.seen((posted) => (failures < 0 ? posted : undefined));
    const tries = endpoint.posted.filter(isType('Notification'));
    expect(tries.map(({ headers }) => headers['x-amz-sns-message-id'])).toEqual(Array(4).fill(MessageId));
  });

  test.each([
    ['never answers well', 500, 4],
    ['refuses it', 404, 1],
  ])('that %s leaves the message to its dead letters', async (_, status, tries) => {
    const endpoint = await endpointForTest((posted) => (isType('Notification')(posted) ? status : 200));
    const deadLetterTargetArn = cloud.resource('Undelivered').attributes.Arn;
    await confirmed(endpoint, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn }) });
    await publish('unwanted');
    expect(JSON.parse(await nextBody(sqs, cloud.resource('Undelivered').ref))).toMatchObject({ Message: 'unwanted' });
    expect(endpoint.posted.filter(isType('Notification'))).toHaveLength(tries);
  });

  test('gets nothing any more once it is unsubscribed, by link or by call', async () => {
    const endpoint = await endpointForTest();
    await confirmed(endpoint);
    await publish('first');
    const first = await endpoint.seen(holding('first'));
    await fetch(JSON.parse(first.body).UnsubscribeURL);
    const other = await endpointForTest();
    const SubscriptionArn = await confirmed(other);
    await publish('second');
    await other.seen(holding('second'));
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    const last = await endpointForTest();
    await confirmed(last);
    await publish('third');
    await last.seen(holding('third'));
    expect([...endpoint.posted, ...other.posted].filter(isType('Notification'))).toHaveLength(2);
  });
});

test.each([
  ['an endpoint of another protocol', 'https', 'http://127.0.0.1:1', {}],
  ['a filter that is none', 'http', 'http://127.0.0.1:1', { FilterPolicy: 'leaf' }],
  [
    'a filter that it judges otherwise than AWS',
    'http',
    'http://127.0.0.1:1',
    { FilterPolicy: '{"a":[{"exists":true}]}' },
  ],
  ['a filter on bodies', 'http', 'http://127.0.0.1:1', { FilterPolicyScope: 'MessageBody' }],
  ['retries of another policy', 'http', 'http://127.0.0.1:1', { DeliveryPolicy: '{}' }],
])('%s is refused', async (_, protocol, endpoint, attributes) => {
  await expect(subscribe(protocol, endpoint, attributes)).rejects.toMatchObject({ name: 'InvalidParameterException' });
});
