import { PublishCommand } from '@aws-sdk/client-sns';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { either, every, everyNth } from '../support/throttling.ts';
import { arnOf, type Declaration, lambda, queue, ref, role, type TemplateBody } from './support/assembly.ts';
import { nextBody, snsClient, sqsClient } from './support/clients.ts';
import { cloudForTest, recordsIn, type TestCloud } from './support/cloud.ts';

const limits = { throttlePauseMs: 10 };
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

const reserving = (reserved: number | undefined) =>
  lambda(reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved });

function direct(reserved: number | undefined, maximumAgeSeconds = 60): TemplateBody {
  const ToFunction: Declaration = {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: ref('Topic'), Protocol: 'lambda', Endpoint: arnOf('Function') },
  };
  const InvokeConfig: Declaration = {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: {
      FunctionName: ref('Function'),
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: maximumAgeSeconds,
      DestinationConfig: { OnFailure: { Destination: arnOf('Failures') } },
    },
  };
  const subject = reserving(reserved);
  const Topic: Declaration = { Type: 'AWS::SNS::Topic' };
  return { Resources: { Role: role, Topic, Failures: queue(), Function: subject, ToFunction, InvokeConfig } };
}

function mapped(visibilitySeconds: number, reserved?: number): TemplateBody {
  const EventSourceMapping: Declaration = {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      ...{ EventSourceArn: arnOf('Work'), FunctionName: ref('Function'), BatchSize: 1 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  };
  const subject = reserving(reserved);
  const Work = queue({ VisibilityTimeout: visibilitySeconds });
  return { Resources: { Role: role, Work, Function: subject, EventSourceMapping } };
}

async function publish(cloud: TestCloud, ...messages: object[]): Promise<void> {
  const TopicArn = cloud.resource('Topic').ref;
  for (const message of messages)
    await snsClient(cloud).send(new PublishCommand({ TopicArn, Message: JSON.stringify(message) }));
}

async function send(cloud: TestCloud, ...bodies: object[]): Promise<void> {
  const Entries = bodies.map((body, index) => ({ Id: String(index), MessageBody: JSON.stringify(body) }));
  await sqsClient(cloud).send(new SendMessageBatchCommand({ QueueUrl: cloud.resource('Work').ref, Entries }));
}

interface Given {
  readonly body?: string;
  readonly attributes?: { readonly ApproximateReceiveCount: string };
  readonly Sns?: { readonly Message: string };
}
const handed = (cloud: TestCloud) => cloud.events.flatMap((event) => recordsIn<Given>(event, 'Function') ?? []);
const handing = (cloud: TestCloud, said: object) =>
  cloud.seen((event) =>
    recordsIn<Given>(event, 'Function')?.find(({ body, Sns }) => (body ?? Sns?.Message) === JSON.stringify(said)),
  );

describe('an asynchronous invocation', () => {
  test.each([
    ['beyond what is reserved', 1, undefined],
    ['of a function that Lambda throttles now and then', undefined, everyNth(2)],
  ])('%s waits and is run all the same, once', async (_, reserved, throttle) => {
    const cloud = await cloudForTest(direct(reserved), { limits: { ...limits, patienceMs: 0 } });
    cloud.throttle(throttle);
    const messages = numbers(8).map((n) => ({ do: 'return', value: n }));
    await publish(cloud, ...messages);
    await Promise.all(messages.map((message) => handing(cloud, message)));
    expect(handed(cloud)).toHaveLength(8);
    if (reserved) expect(cloud.events.filter(({ kind }) => kind === 'environment-started')).toHaveLength(reserved);
  });

  test('that finds no room in time is given up, and says so at its destination', async () => {
    const cloud = await cloudForTest(direct(1, 1), { limits });
    await publish(cloud, { do: 'hang' });
    await handing(cloud, { do: 'hang' });
    await publish(cloud, { do: 'return' });
    const record = JSON.parse(await nextBody(sqsClient(cloud), cloud.resource('Failures').ref));
    expect(record).toMatchObject({
      requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 0 },
      requestPayload: { Records: [{ Sns: { Message: '{"do":"return"}' } }] },
    });
    expect(handed(cloud)).toHaveLength(1);
  });
});

describe('a batch of a mapping', () => {
  test.each([
    ['beyond what is reserved', 1, undefined],
    ['that Lambda throttles now and then', undefined, everyNth(2)],
  ])('%s waits without coming back to the queue', async (_, reserved, throttle) => {
    const cloud = await cloudForTest(mapped(60, reserved), { limits: { ...limits, patienceMs: 0 } });
    cloud.throttle(throttle);
    await send(cloud, ...numbers(8).map((n) => ({ n })));
    await Promise.all(numbers(8).map((n) => handing(cloud, { n })));
    expect(handed(cloud).map(({ attributes }) => attributes?.ApproximateReceiveCount)).toEqual(
      numbers(8).map(() => '1'),
    );
  });

  test('that is throttled for longer than its messages are hidden comes back', async () => {
    const cloud = await cloudForTest(mapped(1), { limits });
    const until = Date.now() + 1_500;
    cloud.throttle(() => Date.now() < until);
    await send(cloud, { n: 1 });
    const { attributes } = await handing(cloud, { n: 1 });
    expect(Number(attributes?.ApproximateReceiveCount)).toBeGreaterThan(1);
  });
});

test('whoever waits for an answer is told of a throttle', async () => {
  const cloud = await cloudForTest(mapped(60));
  cloud.throttle((functionId) => functionId === 'Function');
  expect(await cloud.invoke('Function', {})).toEqual({
    error: { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' },
  });
});

describe('a service that', () => {
  const TABLE: Declaration = {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
  };
  const Resources = {
    ...{ Role: role, Function: lambda(), Work: queue(), Table: TABLE },
    Topic: { Type: 'AWS::SNS::Topic' },
  };
  const put = (cloud: TestCloud) =>
    cloud.invoke('Function', {
      ...{ do: 'put-item', TableName: cloud.resource('Table').ref, Item: { pk: { S: 'one' } } },
    });
  const batch = (cloud: TestCloud, act: string) => {
    const places = { queueUrl: cloud.resource('Work').ref, topicArn: cloud.resource('Topic').ref };
    return cloud.invoke('Function', { do: act, ...places, bodies: ['zero', 'one', 'two'] });
  };

  test('throttles every third call of one kind is called again by the SDK', async () => {
    const cloud = await cloudForTest({ Resources });
    cloud.intercept(every(3, 'throttle', { service: 'dynamodb', action: 'PutItem' }));
    const attempts = [await put(cloud), await put(cloud), await put(cloud), await put(cloud)];
    expect(attempts).toEqual([1, 1, 2, 1].map((result) => ({ result })));
  });

  test.each(['send-batch', 'publish-batch'])('throttles a batch (%s) is called again too', async (act) => {
    const cloud = await cloudForTest({ Resources });
    const throttling = (action: string) => every(2, 'throttle', { action });
    cloud.intercept(either(throttling('SendMessageBatch'), throttling('PublishBatch')));
    for (const _ of numbers(2))
      expect(await batch(cloud, act)).toEqual({ result: { succeeded: ['n0', 'n1', 'n2'], failed: [] } });
  });

  test.each(['send-batch', 'publish-batch'])('fails a batch in part (%s) says so inside a 200', async (act) => {
    const cloud = await cloudForTest({ Resources });
    const failed = (...ids: string[]) => ids.map((id) => [id, 'InternalError', false]);
    cloud.intercept(() => ({ failEntries: [0, 2] }));
    expect(await batch(cloud, act)).toEqual({ result: { succeeded: ['n1'], failed: failed('n0', 'n2') } });
    cloud.intercept(() => ({ failEntries: [0, 1, 2] }));
    expect(await batch(cloud, act)).toEqual({ result: { succeeded: [], failed: failed('n0', 'n1', 'n2') } });
    if (act === 'send-batch') expect(await nextBody(sqsClient(cloud), cloud.resource('Work').ref)).toBe('one');
  });
});
