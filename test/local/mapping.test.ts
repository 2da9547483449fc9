import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { arnOf, type Declaration, lambda, queue, ref, role, type TemplateBody } from './support/assembly.ts';
import { nextBody, sqsClient } from './support/clients.ts';
import { cloudForTest, recordsIn, type TestCloud } from './support/cloud.ts';

interface SqsRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
  readonly messageAttributes: Record<string, unknown>;
  readonly eventSourceARN: string;
}

function template(mapping: object = {}, visibilitySeconds = 1): TemplateBody {
  const EventSourceMapping: Declaration = {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: arnOf('Work'),
      FunctionName: ref('Function'),
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ...mapping,
    },
  };
  const RedrivePolicy = { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 2 };
  return {
    Resources: {
      Role: role,
      Function: lambda(),
      Dead: queue(),
      Work: queue({ VisibilityTimeout: visibilitySeconds, RedrivePolicy }),
      EventSourceMapping,
    },
  };
}

async function send(cloud: TestCloud, ...bodies: object[]): Promise<void> {
  const Entries = bodies.map((body, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify(body),
    MessageAttributes: { colour: { DataType: 'String', StringValue: 'red' } },
  }));
  await sqsClient(cloud).send(new SendMessageBatchCommand({ QueueUrl: cloud.resource('Work').ref, Entries }));
}

/** Every record handed over so far. */
function handedOver(cloud: TestCloud): SqsRecord[] {
  return cloud.events.flatMap((event) => recordsIn<SqsRecord>(event, 'Function') ?? []);
}

/** Resolves when the body of a handed over record is `body`. */
function handing(cloud: TestCloud, body: object): Promise<SqsRecord> {
  return cloud.seen((event) =>
    recordsIn<SqsRecord>(event, 'Function')?.find((record) => record.body === JSON.stringify(body)),
  );
}

describe('an event source mapping', () => {
  test('hands over a batch as Lambda does', async () => {
    const cloud = await cloudForTest(template());
    await send(cloud, { n: 1 });
    expect(await handing(cloud, { n: 1 })).toEqual({
      messageId: expect.any(String),
      receiptHandle: expect.any(String),
      body: '{"n":1}',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.any(String),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.any(String),
      },
      messageAttributes: {
        colour: { stringValue: 'red', stringListValues: [], binaryListValues: [], dataType: 'String' },
      },
      md5OfBody: expect.any(String),
      md5OfMessageAttributes: expect.any(String),
      eventSource: 'aws:sqs',
      eventSourceARN: cloud.resource('Work').attributes.Arn,
      awsRegion: 'us-east-1',
    });
  });

  test('lets only what failed come again, and then go to the dead-letter queue', async () => {
    const cloud = await cloudForTest(template());
    await send(cloud, { n: 1 }, { n: 2, fail: true }, { n: 3 });
    expect(await nextBody(sqsClient(cloud), cloud.resource('Dead').ref)).toBe('{"n":2,"fail":true}');
    const deliveries = handedOver(cloud).map(({ body, attributes }) => [
      JSON.parse(body).n,
      attributes.ApproximateReceiveCount,
    ]);
    expect(deliveries.sort()).toEqual([
      [1, '1'],
      [2, '1'],
      [2, '2'],
      [3, '1'],
    ]);
  });

  test.each(['throw', 'answer-nonsense'])(
    'lets a whole batch come again if the function does this: %s',
    async (act) => {
      const cloud = await cloudForTest(template({ MaximumBatchingWindowInSeconds: 1, BatchSize: 2 }));
      await send(cloud, { n: 1 }, { n: 2, do: act });
      const dead = [
        await nextBody(sqsClient(cloud), cloud.resource('Dead').ref),
        await nextBody(sqsClient(cloud), cloud.resource('Dead').ref),
      ];
      expect(dead.sort()).toEqual(['{"n":1}', `{"n":2,"do":"${act}"}`]);
    },
  );

  test('fills its batch within the window', async () => {
    const cloud = await cloudForTest(template({ BatchSize: 3, MaximumBatchingWindowInSeconds: 20 }, 120));
    await send(cloud, { n: 1 });
    await send(cloud, { n: 2 });
    await send(cloud, { n: 3 });
    const records = await cloud.seen((event) => recordsIn<SqsRecord>(event, 'Function'));
    expect(records.map(({ body }) => JSON.parse(body).n)).toEqual([1, 2, 3]);
  });

  test('runs no more batches at a time than its maximum concurrency', async () => {
    const cloud = await cloudForTest(template({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } }, 120), {
      limits: { patienceMs: 0 },
    });
    await send(cloud, ...Array.from({ length: 10 }, (_, n) => ({ n })));
    await Promise.all(Array.from({ length: 10 }, (_, n) => handing(cloud, { n })));
    expect(cloud.events.filter(({ kind }) => kind === 'environment-started').length).toBeLessThanOrEqual(2);
  });
});
