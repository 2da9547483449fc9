import { PublishBatchCommand, PublishCommand } from '@aws-sdk/client-sns';
import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arnOf, type Declaration, lambda, queue, ref, role } from './support/assembly.ts';
import { nextBody, snsClient, sqsClient } from './support/clients.ts';
import { recordsIn, startTestCloud, type TestCloud } from './support/cloud.ts';

interface SnsRecord {
  readonly EventSource: string;
  readonly EventSubscriptionArn: string;
  readonly Sns: { readonly Message: string; readonly MessageAttributes: Record<string, unknown> };
}

function subscription(Protocol: string, Endpoint: object, leaf: string): Declaration {
  const raw = Protocol === 'sqs' ? { RawMessageDelivery: true } : {};
  return {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: ref('Topic'), Protocol, Endpoint, FilterPolicy: { leaf: [leaf] }, ...raw },
  };
}

describe('SNS and SQS', () => {
  let cloud: TestCloud;
  const topicArn = () => cloud.resource('Topic').ref;
  const publish = (leaf: string, Message: string) =>
    snsClient(cloud).send(
      new PublishCommand({
        TopicArn: topicArn(),
        Message,
        MessageAttributes: { leaf: { DataType: 'String', StringValue: leaf } },
      }),
    );

  beforeAll(async () => {
    cloud = await startTestCloud(
      {
        Resources: {
          Role: role,
          Topic: { Type: 'AWS::SNS::Topic' },
          Failures: queue(),
          Raw: queue(),
          Plain: queue(),
          Function: lambda(),
          ToFunction: subscription('lambda', arnOf('Function'), 'function'),
          ToQueue: subscription('sqs', arnOf('Raw'), 'queue'),
          InvokeConfig: {
            Type: 'AWS::Lambda::EventInvokeConfig',
            Properties: {
              FunctionName: ref('Function'),
              Qualifier: '$LATEST',
              MaximumRetryAttempts: 1,
              MaximumEventAgeInSeconds: 60,
              DestinationConfig: { OnFailure: { Destination: arnOf('Failures') } },
            },
          },
        },
      },
      { limits: { retryDelaysMs: [0, 0] } },
    );
  });
  afterAll(() => cloud.close());

  test('a function gets a notification as one record, and only what its filter lets through', async () => {
    await publish('queue', JSON.stringify({ do: 'return', value: 'not for the function' }));
    await publish('function', JSON.stringify({ do: 'return', value: 'héllo 🚂' }));
    const records = await cloud.seen((event) => recordsIn<SnsRecord>(event, 'Function'));
    expect(records).toEqual([
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: expect.stringMatching(/^arn:aws:sns:us-east-1:000000000000:Test-Topic:/),
        Sns: {
          Type: 'Notification',
          MessageId: expect.any(String),
          TopicArn: topicArn(),
          Subject: null,
          Message: JSON.stringify({ do: 'return', value: 'héllo 🚂' }),
          Timestamp: expect.any(String),
          SignatureVersion: '1',
          Signature: expect.any(String),
          SigningCertUrl: expect.any(String),
          UnsubscribeUrl: expect.any(String),
          MessageAttributes: { leaf: { Type: 'String', Value: 'function' } },
        },
      },
    ]);
    expect(await nextBody(sqsClient(cloud), cloud.resource('Raw').ref)).toBe(
      JSON.stringify({ do: 'return', value: 'not for the function' }),
    );
  });

  test('a function that fails for good leaves a record at its destination', async () => {
    await publish('function', JSON.stringify({ do: 'throw' }));
    const record = JSON.parse(await nextBody(sqsClient(cloud), cloud.resource('Failures').ref));
    expect(record).toEqual({
      version: '1.0',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      requestContext: {
        requestId: expect.any(String),
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Test-Function:$LATEST',
        condition: 'RetriesExhausted',
        approximateInvokeCount: 2,
      },
      requestPayload: { Records: [expect.objectContaining({ EventSource: 'aws:sns' })] },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'RangeError', errorMessage: 'out of range', trace: expect.any(Array) },
    });
  });

  test('so does one that dies, in Lambda’s words', async () => {
    await publish('function', JSON.stringify({ do: 'exit' }));
    const { responsePayload, requestContext } = JSON.parse(
      await nextBody(sqsClient(cloud), cloud.resource('Failures').ref),
    );
    expect(responsePayload).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestContext.requestId} Error: Runtime exited with error: exit status 1`,
    });
  });

  test('a function reaches a queue by the URL it is given', async () => {
    const queueUrl = cloud.resource('Plain').ref;
    await cloud.invoke('Function', { do: 'send', queueUrl, body: 'from inside 🚂' });
    expect(await nextBody(sqsClient(cloud), queueUrl)).toBe('from inside 🚂');
  });

  test('a delay over 15 minutes is refused', async () => {
    const QueueUrl = cloud.resource('Plain').ref;
    await expect(
      sqsClient(cloud).send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', DelaySeconds: 901 })),
    ).rejects.toThrow(/DelaySeconds/);
    const Entries = [{ Id: 'a', MessageBody: 'x', DelaySeconds: -1 }];
    await expect(sqsClient(cloud).send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toThrow(
      /DelaySeconds/,
    );
  });

  test('a batch of publications over 256 KiB in all is refused', async () => {
    const batch = (bytes: number) =>
      new PublishBatchCommand({
        TopicArn: topicArn(),
        PublishBatchRequestEntries: ['a', 'b'].map((Id) => ({ Id, Message: 'x'.repeat(bytes / 2) })),
      });
    await expect(snsClient(cloud).send(batch(256 * 1024))).resolves.toMatchObject({ Failed: [] });
    await expect(snsClient(cloud).send(batch(256 * 1024 + 2))).rejects.toMatchObject({
      name: 'BatchRequestTooLongException',
    });
  });
});
