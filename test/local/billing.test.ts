import { crc32 } from 'node:zlib';
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { PublishBatchCommand, PublishCommand } from '@aws-sdk/client-sns';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { billOf } from '../../local/billing/bill.ts';
import { Meter } from '../../local/billing/meter.ts';
import { PEER_PRICES, PRICES } from '../../local/billing/prices.ts';
import { amountOf, difference, type Item, type Usage } from '../../local/billing/usage.ts';
import { arnOf, type Declaration, lambda, queue, ref, role } from './support/assembly.ts';
import { s3Client, snsClient, sqsClient } from './support/clients.ts';
import { startTestCloud, type TestCloud } from './support/cloud.ts';

const KB = 1_024;

const apiResources: Readonly<Record<string, Declaration>> = {
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
  Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: ref('Api'), StageName: '$default' } },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: ref('Api'),
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: arnOf('Function'),
      PayloadFormatVersion: '2.0',
    },
  },
  Route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: ref('Api'),
      RouteKey: 'POST /items',
      Target: { 'Fn::Join': ['', ['integrations/', ref('Integration')]] },
    },
  },
};

const Resources: Readonly<Record<string, Declaration>> = {
  Role: role,
  Topic: { Type: 'AWS::SNS::Topic' },
  Plain: queue(),
  Work: queue({ VisibilityTimeout: 60 }),
  Function: lambda({ MemorySize: 512 }),
  Subscription: {
    Type: 'AWS::SNS::Subscription',
    Properties: {
      TopicArn: ref('Topic'),
      Protocol: 'lambda',
      Endpoint: arnOf('Function'),
      FilterPolicy: { to: ['function'] },
    },
  },
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { EventSourceArn: arnOf('Work'), FunctionName: ref('Function'), BatchSize: 10 },
  },
  Table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    },
  },
  ...apiResources,
};

describe('the meter', () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud({ Resources });
  });
  afterAll(() => cloud.close());

  /** What `work` adds of `item`, for those subjects that `of` matches. */
  const added = async (item: Item, work: () => Promise<unknown>, of?: RegExp): Promise<number> => {
    const before = cloud.usage();
    await work();
    return amountOf(difference(cloud.usage(), before), item, of);
  };
  /** Waits for what comes after a call, until the amount is there. */
  const usageWhen = async (before: Usage, isThere: (usage: Usage) => boolean): Promise<Usage> => {
    for (;;) {
      const usage = difference(cloud.usage(), before);
      if (isThere(usage)) return usage;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  describe('of SQS', () => {
    const QueueUrl = () => cloud.resource('Plain').ref;
    const send = (...bytes: readonly number[]) =>
      sqsClient(cloud).send(
        new SendMessageBatchCommand({
          QueueUrl: QueueUrl(),
          Entries: bytes.map((size, index) => ({ Id: String(index), MessageBody: 'x'.repeat(size) })),
        }),
      );
    const receive = (options: object = {}) =>
      sqsClient(cloud).send(new ReceiveMessageCommand({ QueueUrl: QueueUrl(), MaxNumberOfMessages: 10, ...options }));

    test.each([
      [1, 1],
      [64 * KB, 1],
      [64 * KB + 1, 2],
      [256 * KB, 4],
    ])('a message of %i bytes is %i requests to send, as many to receive, and one to delete', async (bytes, units) => {
      const message = new SendMessageCommand({
        QueueUrl: QueueUrl(),
        MessageBody: 'é'.repeat(bytes / 2) + 'x'.repeat(bytes % 2),
      });
      expect(await added('sqs-requests', () => sqsClient(cloud).send(message), /^SendMessage .*Plain/)).toBe(units);
      const handles: (string | undefined)[] = [];
      const received = async () =>
        handles.push(...((await receive()).Messages ?? []).map((each) => each.ReceiptHandle));
      expect(await added('sqs-requests', received, /^ReceiveMessage .*Plain/)).toBe(units);
      const deleted = () =>
        sqsClient(cloud).send(new DeleteMessageCommand({ QueueUrl: QueueUrl(), ReceiptHandle: handles[0] }));
      expect(await added('sqs-requests', deleted, /^DeleteMessage .*Plain/)).toBe(1);
    });

    test('a batch counts by the sum of its messages', async () => {
      expect(await added('sqs-requests', () => send(...Array(10).fill(6 * KB)), /Plain/)).toBe(1);
      expect(await added('sqs-requests', () => send(...Array(10).fill(7 * KB)), /Plain/)).toBe(2);
      const all = async () => [await receive(), await receive()];
      expect(await added('sqs-requests', all, /^ReceiveMessage .*Plain/)).toBeGreaterThanOrEqual(3);
    });

    test('attributes are part of a message', async () => {
      const attribute = { DataType: 'String', StringValue: 'x'.repeat(100) };
      const message = new SendMessageCommand({
        QueueUrl: QueueUrl(),
        MessageBody: 'x'.repeat(64 * KB - 50),
        MessageAttributes: { colour: attribute },
      });
      expect(await added('sqs-requests', () => sqsClient(cloud).send(message), /Plain/)).toBe(2);
      await receive();
    });

    test('a receive that brings nothing is apart', async () => {
      expect(await added('sqs-empty-receives', () => receive({ WaitTimeSeconds: 0 }), /Plain/)).toBe(1);
      expect(await added('sqs-requests', () => receive({ WaitTimeSeconds: 0 }), /Plain/)).toBe(0);
    });

    test('a mapping’s poller receives and deletes, and its function is invoked', async () => {
      const before = cloud.usage();
      const Entries = ['a', 'b', 'c'].map((Id) => ({ Id, MessageBody: '{}' }));
      const QueueUrl = cloud.resource('Work').ref;
      await sqsClient(cloud).send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      const usage = await usageWhen(before, (each) => amountOf(each, 'sqs-requests', /^DeleteMessageBatch .*Work/) > 0);
      const requests = ['SendMessageBatch', 'ReceiveMessage', 'DeleteMessageBatch'].map((action) =>
        amountOf(usage, 'sqs-requests', new RegExp(`^${action} .*Work`)),
      );
      expect(requests).toEqual([1, 1, 1]);
      expect(amountOf(usage, 'lambda-requests', /^Function$/)).toBe(1);
    });
  });

  describe('of SNS', () => {
    const publish = (bytes: number, count: number) =>
      snsClient(cloud).send(
        new PublishBatchCommand({
          TopicArn: cloud.resource('Topic').ref,
          PublishBatchRequestEntries: Array.from({ length: count }, (_, index) => ({
            Id: String(index),
            Message: 'x'.repeat(bytes),
          })),
        }),
      );

    test.each([
      [10, 1, 1],
      [10, 10, 1],
      [6_500, 10, 1],
      [6_554, 10, 2],
      [26_000, 10, 4],
    ])('messages of %i bytes, %i of them in one call, are %i requests', async (bytes, count, units) => {
      expect(await added('sns-requests', () => publish(bytes, count), /^PublishBatch .*Topic$/)).toBe(units);
    });

    test('a single message counts by its own size, attributes included', async () => {
      const message = (Message: string) =>
        new PublishCommand({
          TopicArn: cloud.resource('Topic').ref,
          Message,
          MessageAttributes: { to: { DataType: 'String', StringValue: 'nobody' } },
        });
      expect(await added('sns-requests', () => snsClient(cloud).send(message('x')))).toBe(1);
      expect(await added('sns-requests', () => snsClient(cloud).send(message('x'.repeat(64 * KB))))).toBe(2);
    });

    test('the way to a function is free, and the queue hidden in it is nobody’s', async () => {
      const before = cloud.usage();
      await snsClient(cloud).send(
        new PublishCommand({
          TopicArn: cloud.resource('Topic').ref,
          Message: JSON.stringify({ do: 'return', value: 1 }),
          MessageAttributes: { to: { DataType: 'String', StringValue: 'function' } },
        }),
      );
      const usage = await usageWhen(before, (each) => amountOf(each, 'lambda-requests') > 0);
      expect(amountOf(usage, 'sns-requests')).toBe(1);
      expect(amountOf(usage, 'sns-deliveries')).toBe(1);
      expect(amountOf(usage, 'sqs-requests')).toBe(0);
      expect(cloud.usage().filter(({ subject }) => subject.includes('sns-to-'))).toEqual([]);
    });
  });

  describe('of DynamoDB', () => {
    const dynamodb = () =>
      new DynamoDBClient({
        region: 'us-east-1',
        endpoint: cloud.endpoints.dynamodb,
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      });
    const TableName = () => cloud.resource('Table').ref;
    const key = (sk: string) => ({ pk: { S: 'p' }, sk: { S: sk } });
    const put = (sk: string, bytes: number, options: object = {}) =>
      dynamodb().send(
        new PutItemCommand({
          TableName: TableName(),
          Item: { ...key(sk), data: { S: 'x'.repeat(bytes) } },
          ...options,
        }),
      );
    const absent = { ConditionExpression: 'attribute_not_exists(pk)' };
    const writes = (work: () => Promise<unknown>) => added('dynamodb-write-units', work);
    const reads = (work: () => Promise<unknown>) => added('dynamodb-read-units', work);

    test('a put counts its kilobytes, those of what it replaces if they are more', async () => {
      expect(await writes(() => put('put', 10))).toBe(1);
      expect(await writes(() => put('put', 2_500))).toBe(3);
      expect(await writes(() => put('put', 10))).toBe(3);
      expect(await writes(() => put('put', 10))).toBe(1);
    });

    test('an update counts the whole item, the larger of before and after', async () => {
      await put('update', 5_000);
      const update = (UpdateExpression: string, values: object = {}) =>
        dynamodb().send(
          new UpdateItemCommand({ TableName: TableName(), Key: key('update'), UpdateExpression, ...values }),
        );
      const add = { ExpressionAttributeValues: { ':one': { N: '1' } } };
      expect(await writes(() => update('ADD seen :one', add))).toBe(5);
      expect(await writes(() => update('REMOVE #data', { ExpressionAttributeNames: { '#data': 'data' } }))).toBe(5);
      expect(await writes(() => update('ADD seen :one', add))).toBe(1);
    });

    test('a refused condition counts what is there, one unit if nothing is', async () => {
      await put('refused', 3_500);
      const refused = (work: () => Promise<unknown>) => () => expect(work()).rejects.toThrow(/conditional/);
      expect(await writes(refused(() => put('refused', 100, absent)))).toBe(4);
      const remove = (sk: string) =>
        dynamodb().send(
          new DeleteItemCommand({
            TableName: TableName(),
            Key: key(sk),
            ConditionExpression: 'attribute_exists(nothing)',
          }),
        );
      expect(await writes(refused(() => remove('refused')))).toBe(4);
      expect(await writes(refused(() => remove('missing')))).toBe(1);
    });

    test('a batch counts all its items', async () => {
      const items = [10, 1_500].map((bytes, index) => ({
        PutRequest: { Item: { ...key(`batch-${index}`), data: { S: 'x'.repeat(bytes) } } },
      }));
      const batch = new BatchWriteItemCommand({ RequestItems: { [TableName()]: items } });
      expect(await writes(() => dynamodb().send(batch))).toBe(3);
    });

    test.each([
      [true, 1, 2],
      [false, 0.5, 1],
    ])('reads (consistent: %s) count from %d, by four kilobytes', async (ConsistentRead, none, large) => {
      await put('read', 5_000);
      const get = (sk: string) =>
        dynamodb().send(new GetItemCommand({ TableName: TableName(), Key: key(sk), ConsistentRead }));
      expect(await reads(() => get('read'))).toBe(large);
      expect(await reads(() => get('missing'))).toBe(none);
      const query = (pk: string) =>
        dynamodb().send(
          new QueryCommand({
            TableName: TableName(),
            KeyConditionExpression: 'pk = :pk AND sk = :sk',
            ExpressionAttributeValues: { ':pk': { S: pk }, ':sk': { S: 'read' } },
            ConsistentRead,
          }),
        );
      expect(await reads(() => query('p'))).toBe(large);
      expect(await reads(() => query('nobody'))).toBe(none);
    });

    test('a caller sees what was consumed only if it asks', async () => {
      expect(await put('asks', 10)).not.toHaveProperty('ConsumedCapacity');
      expect(await put('asks', 10, { ReturnConsumedCapacity: 'NONE' })).not.toHaveProperty('ConsumedCapacity');
      const asking = await put('asks', 10, { ReturnConsumedCapacity: 'TOTAL' });
      expect(asking.ConsumedCapacity).toEqual({ CapacityUnits: 1, TableName: TableName() });
      const response = await fetch(cloud.endpoints.dynamodb, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'DynamoDB_20120810.GetItem',
          'x-amz-date': '20260101T000000Z',
          authorization: `AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
        },
        body: JSON.stringify({ TableName: TableName(), Key: key('asks') }),
      });
      const text = await response.text();
      expect(Object.keys(JSON.parse(text))).toEqual(['Item']);
      expect(Number(response.headers.get('x-amz-crc32'))).toBe(crc32(text));
    });
  });

  describe('of S3', () => {
    test('counts by class of request, listing among the writes, deleting for nothing', async () => {
      const s3 = s3Client(cloud);
      const make = new CreateBucketCommand({ Bucket: 'claims' });
      expect(await added('s3-writes', () => s3.send(make))).toBe(0);
      const object = { Bucket: 'claims', Key: '1d/request/hash' };
      const put = new PutObjectCommand({ ...object, Body: 'x' });
      expect(await added('s3-writes', () => s3.send(put))).toBe(1);
      expect(await added('s3-reads', () => s3.send(new GetObjectCommand(object)))).toBe(1);
      expect(await added('s3-reads', () => s3.send(new HeadObjectCommand(object)))).toBe(1);
      expect(await added('s3-writes', () => s3.send(new ListObjectsV2Command({ Bucket: 'claims' })))).toBe(1);
      const before = cloud.usage();
      await s3.send(new DeleteObjectCommand(object));
      expect(difference(cloud.usage(), before)).toEqual([]);
    });
  });

  describe('of Lambda, the API and logs', () => {
    test('an invocation is a request, and gigabyte-seconds by its memory, the start apart', async () => {
      await cloud.kill('Function');
      const before = cloud.usage();
      await cloud.invoke('Function', { do: 'return', value: 1 });
      const usage = difference(cloud.usage(), before);
      expect(amountOf(usage, 'lambda-requests')).toBe(1);
      expect(amountOf(usage, 'lambda-gb-seconds', /^Function init$/)).toBeGreaterThan(0);
      const milliseconds = amountOf(usage, 'lambda-gb-seconds', /^Function$/) * 2 * 1_000;
      expect(milliseconds).toBeGreaterThanOrEqual(1);
      expect(milliseconds).toBeCloseTo(Math.round(milliseconds));
    });

    test('a call of the API is one for each 512 KB that go in and out', async () => {
      const call = (bytes: number) => () =>
        fetch(`${cloud.url}/items`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ do: 'return', value: 'y', filler: 'x'.repeat(bytes) }),
        });
      expect(await added('api-requests', call(10), /^POST \/items$/)).toBe(1);
      expect(await added('api-requests', call(600 * KB))).toBe(2);
      expect(await added('api-requests', () => fetch(`${cloud.url}/nowhere`))).toBe(0);
    });

    test('the bytes of every line are counted', async () => {
      const bytes = cloud.events.map((event) => (event.kind === 'log' ? Buffer.byteLength(event.line) : 0));
      expect(amountOf(cloud.usage(), 'log-bytes', /^Function$/)).toBe(bytes.reduce((sum, each) => sum + each, 0));
    });

    test('embedded metrics are apart from other lines', () => {
      const meter = new Meter();
      const log = { kind: 'log', functionId: 'F', environmentId: 'F-1', stream: 'stdout' } as const;
      const metrics = '{"_aws":{"Timestamp":1},"Tasks":1}';
      meter.hear({ ...log, line: metrics });
      meter.hear({ ...log, line: '{"level":"INFO","message":"é"}' });
      expect(amountOf(meter.usage(), 'emf-bytes')).toBe(metrics.length);
      expect(amountOf(meter.usage(), 'log-bytes')).toBe(31);
    });

    test.each([
      [256 * KB, 0],
      [256 * KB + 1, 1],
      [320 * KB + 1, 2],
    ])('an event of %i bytes is %i requests more', (bytes, more) => {
      const meter = new Meter();
      meter.hear({ kind: 'event-accepted', functionId: 'F', bytes });
      expect(amountOf(meter.usage(), 'lambda-requests')).toBe(more);
    });
  });
});

describe('the bill', () => {
  test('is the amounts times their prices; what only waits or asks is no part of the total', () => {
    const line = (item: Item, amount: number) => ({ item, subject: 'x', amount });
    const bill = billOf([
      line('sns-requests', 2_000_000),
      line('sns-deliveries', 5_000_000),
      line('sqs-requests', 1_000_000),
      line('sqs-requests', 500_000),
      line('lambda-requests', 1_000_000),
      line('dynamodb-write-units', 1_000_000),
      line('dynamodb-read-units', 2_000_000),
      line('s3-writes', 1_000),
      line('s3-reads', 10_000),
      line('log-bytes', 2 ** 30),
      line('emf-bytes', 2 ** 30),
      line('lambda-gb-seconds', 1_000),
      line('sqs-empty-receives', 1_000_000),
      line('api-requests', 1_000_000),
    ]);
    const services = { sns: 1, sqs: 0.6, lambda: 0.2, dynamodbWrites: 0.625, dynamodbReads: 0.25, s3: 0.009, logs: 1 };
    for (const [service, dollars] of Object.entries(services))
      expect(bill[service as keyof typeof services]).toBeCloseTo(dollars);
    expect(bill).toMatchObject({ emptyReceives: 0.4, api: 1 });
    expect(bill.lambdaDuration).toBeCloseTo(0.0133334);
    expect(bill.total).toBeCloseTo(Object.values(services).reduce((sum, dollars) => sum + dollars, 0));
  });

  test.each(Object.entries({ ...PRICES, ...PEER_PRICES }))('the price of %s has a source and a day', (_, price) => {
    expect(price.source).toMatch(/^https:\/\/(.+\.)?(aws\.amazon|amazonaws)\.com\//);
    expect(price.asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(price.dollars).toBeGreaterThanOrEqual(0);
  });
});
