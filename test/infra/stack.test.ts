import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { ScatterGather } from '../../infra/scatter-gather.ts';
import {
  idOf,
  JOBS,
  type Properties,
  resources,
  target,
  toyApp,
  toyBundles,
  toyStack,
  toyTemplate,
} from './support.ts';

const template = toyTemplate();
const alarms = [...resources(template, 'AWS::CloudWatch::Alarm').values()];

function alarmOn(metric: string, dimensions: Record<string, string>): Properties | undefined {
  return alarms.find(
    ({ MetricName, Dimensions }) =>
      MetricName === metric &&
      (Dimensions as { Name: string; Value: unknown }[]).every(({ Name, Value }) => dimensions[Name] === named(Value)),
  );
}

const named = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
const queueName = (part: string) => ({
  QueueName: JSON.stringify({ 'Fn::GetAtt': [idOf(template, 'AWS::SQS::Queue', part), 'QueueName'] }),
});

describe('the table', () => {
  it('is on demand, encrypted, recoverable, and forgets', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification: { AttributeName: 'ttlEpochSeconds', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    });
  });
});

describe('alarms', () => {
  it('ring when a request is closed by its deadline', () => {
    expect(alarmOn('RequestsClosedByDeadline', { service: 'Fanfold' })).toMatchObject({
      Namespace: 'Fanfold',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
  });

  it.each([
    'ResultsDeadLetterQueue',
    'ScatterDeadLetterQueue',
    'ShardsDeadLetterQueue',
    'TimersDeadLetterQueue',
    'NoticesDeadLetterQueue',
    'AnswersDeadLetterQueue',
  ])('ring while %s holds a message', (queue) => {
    expect(alarmOn('ApproximateNumberOfMessagesVisible', queueName(queue))).toMatchObject({ Threshold: 1 });
  });

  it.each([
    'UndeliveredQueue',
    'ToySwiftLeafDeadLetterQueue',
    'ToySteadyLeafDeadLetterQueue',
    'OtherOnlyLeafDeadLetterQueue',
  ])('ring when %s, which is emptied at once, has received a message', (queue) =>
    expect(alarmOn('NumberOfMessagesReceived', queueName(queue))).toMatchObject({ Threshold: 1 }),
  );

  it('watch every queue that others redrive to', () => {
    const dead = [...resources(template, 'AWS::SQS::Queue').values()].flatMap(({ RedrivePolicy }) =>
      RedrivePolicy ? [target((RedrivePolicy as Properties).deadLetterTargetArn)] : [],
    );
    const watched = alarms.flatMap(({ Dimensions }) =>
      (Dimensions as { Value: unknown }[]).map(({ Value }) => target(Value)),
    );
    expect(watched).toEqual(expect.arrayContaining([...new Set(dead)]));
  });

  it.each([
    ['GatheringResultsQueue', 60],
    ['BulkResultsQueue', 300],
    ['ScatterQueue', 300],
    ['ShardsQueue', 300],
    ['GatheringAnswersQueue', 60],
  ])('ring when the oldest message of %s has waited for %i s, three minutes on end', (queue, seconds) => {
    const alarm = alarmOn('ApproximateAgeOfOldestMessage', queueName(queue));
    expect(alarm).toMatchObject({ Threshold: seconds, EvaluationPeriods: 3 });
  });

  it('ring when a callback was given up', () => {
    expect(alarmOn('NoticesFailed', { service: 'Fanfold' })).toMatchObject({ Namespace: 'Fanfold', Threshold: 1 });
  });

  it('ring when who used to answer roll-calls has not, three times running', () => {
    const alarm = alarmOn('RegularMembersAbsent', { service: 'Fanfold' });
    expect(alarm).toMatchObject({ Namespace: 'Fanfold', Threshold: 1 });
  });

  it('ring when calls fail', () => {
    expect(alarms.map(({ MetricName }) => MetricName)).toContain('5xx');
  });

  it('watch every function for errors and throttles', () => {
    for (const id of resources(template, 'AWS::Lambda::Function').keys()) {
      for (const metric of ['Errors', 'Throttles'])
        expect(alarmOn(metric, { FunctionName: JSON.stringify({ Ref: id }) }), `${metric} of ${id}`).toBeDefined();
    }
  });

  it('send e-mail where an address is given', () => {
    const mailing = toyTemplate({ alarmEmail: 'someone@example.com' });
    mailing.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'someone@example.com' });
    mailing.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [Match.anyValue()] });
    mailing.hasResourceProperties('AWS::SNS::TopicPolicy', {
      Topics: [{ Ref: idOf(mailing, 'AWS::SNS::Topic', 'AlarmTopic') }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
    template.resourcePropertiesCountIs('AWS::SNS::Subscription', { Protocol: 'email' }, 0);
  });
});

describe('ScatterGather', () => {
  it('fits twice into somebody else’s stack', () => {
    const stack = new Stack(toyApp(), 'Elsewhere');
    for (const serviceName of ['Red', 'Blue'])
      new ScatterGather(stack, serviceName, { jobs: JOBS, bundles: toyBundles(), serviceName });
    const elsewhere = Template.fromStack(stack);
    elsewhere.resourceCountIs('AWS::ApiGatewayV2::Api', 2);
    for (const serviceName of ['Red', 'Blue'])
      elsewhere.hasResourceProperties('AWS::CloudWatch::Alarm', {
        MetricName: 'RequestsClosedByDeadline',
        Dimensions: [{ Name: 'service', Value: serviceName }],
      });
  });
});

describe('the stack', () => {
  it('tells where to send requests and results', () => {
    const outputs = template.findOutputs('*');
    expect(Object.keys(outputs).sort()).toEqual([
      'AnswersQueueUrl',
      'ApiUrl',
      'BulkResultsQueueUrl',
      'CompletionsTopicArn',
      'ResultsQueueUrl',
      'RollCallsTopicArn',
      'TableName',
      'TasksTopicArn',
      'UndeliveredQueueArn',
    ]);
  });

  it('counts requests by the lines that say so, wherever they are written', () => {
    const filters = [...resources(template, 'AWS::Logs::MetricFilter').values()];
    const counted = filters.map(({ LogGroupName, FilterPattern, MetricTransformations }) => ({
      ...{ from: target(LogGroupName), FilterPattern, metrics: MetricTransformations },
    }));
    const metric = { MetricNamespace: 'Fanfold', MetricValue: '1', Unit: 'Count' };
    const Dimensions = [{ Key: 'service', Value: '$.service' }];
    const lines = (MetricName: string, FilterPattern: string, functions: readonly string[]) =>
      functions.map((name) => ({
        ...{ from: expect.stringContaining(`${name}Logs`), FilterPattern },
        metrics: [{ ...metric, MetricName, Dimensions }],
      }));
    const closers = ['Distributor', 'Scatterer', 'Status', 'Aggregator', 'Closer', 'Timer'];
    const expected = [
      ...lines('RequestsAccepted', '{ $.message = "request accepted" }', ['Distributor', 'Scatterer']),
      ...lines('RequestsClosed', '{ $.message = "request closed" }', closers),
    ];
    expect(counted).toHaveLength(expected.length);
    expect(counted).toEqual(expect.arrayContaining(expected));
  });

  it('pins no physical name', () => {
    const names = ['TableName', 'QueueName', 'TopicName', 'FunctionName', 'RoleName', 'LogGroupName', 'AlarmName'];
    for (const type of [
      'DynamoDB::Table',
      'SQS::Queue',
      'SNS::Topic',
      'Lambda::Function',
      'IAM::Role',
      'Logs::LogGroup',
    ])
      for (const properties of resources(template, `AWS::${type}`).values())
        expect(names.filter((name) => name in properties)).toEqual([]);
    for (const alarm of alarms) expect(alarm).not.toHaveProperty('AlarmName');
  });

  it('is where and what context says', () => {
    const stack = toyStack({ stackName: 'Mine', region: 'eu-west-2', logRetentionDays: RetentionDays.ONE_DAY });
    expect([stack.stackName, stack.region]).toEqual(['Mine', 'eu-west-2']);
  });
});
