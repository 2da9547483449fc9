import { describe, expect, it } from 'vitest';
import { idOf, resources, target, toyTemplate } from './support.ts';

const template = toyTemplate();
const queues = resources(template, 'AWS::SQS::Queue');
const mappings = [...resources(template, 'AWS::Lambda::EventSourceMapping').values()];
const functions = resources(template, 'AWS::Lambda::Function');

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Condition?: unknown;
  readonly Resource: unknown;
  readonly Principal?: unknown;
}

function statementsOn(type: string, listed: string): Map<string, Statement[]> {
  const policies = [...resources(template, type).values()] as Record<string, unknown>[];
  return new Map(
    policies.map((policy) => [
      target((policy[listed] as unknown[])[0]),
      (policy.PolicyDocument as { Statement: Statement[] }).Statement,
    ]),
  );
}

describe('queues and topic', () => {
  const refusesPlainHttp = expect.objectContaining({
    Effect: 'Deny',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  });

  it.each([...queues.keys()])('%s refuses plain HTTP', (id) => {
    expect(statementsOn('AWS::SQS::QueuePolicy', 'Queues').get(id)).toContainEqual(refusesPlainHttp);
  });

  it('the topic refuses plain HTTP', () => {
    const topics = statementsOn('AWS::SNS::TopicPolicy', 'Topics');
    expect(topics.get(idOf(template, 'AWS::SNS::Topic', 'Tasks'))).toContainEqual(refusesPlainHttp);
  });

  it('the topic and every queue are encrypted', () => {
    for (const queue of queues.values()) expect(queue).toMatchObject({ SqsManagedSseEnabled: true });
    template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: 'alias/aws/sns' });
  });

  it('a queue that SNS delivers to admits it from our topic only', () => {
    const topic = idOf(template, 'AWS::SNS::Topic', 'Tasks');
    const subscribed = [...resources(template, 'AWS::SNS::Subscription').values()]
      .filter(({ Protocol }) => Protocol === 'sqs')
      .map(({ Endpoint }) => target(Endpoint));
    const undelivered = idOf(template, 'AWS::SQS::Queue', 'Undelivered');
    for (const id of [...subscribed, undelivered]) {
      const allowed = statementsOn('AWS::SQS::QueuePolicy', 'Queues')
        .get(id)
        ?.filter(({ Effect }) => Effect === 'Allow');
      expect(allowed).toEqual([
        {
          Effect: 'Allow',
          Action: 'sqs:SendMessage',
          Principal: { Service: 'sns.amazonaws.com' },
          Condition: { ArnEquals: { 'aws:SourceArn': { Ref: topic } } },
          Resource: { 'Fn::GetAtt': [id, 'Arn'] },
        },
      ]);
    }
  });

  it('a queue ends in dead letters, or is where dead letters end', () => {
    const ends = [...queues].filter(([, { RedrivePolicy }]) => !RedrivePolicy).map(([id]) => id);
    expect(ends.map((id) => id.replace(/^ScatterGatherGathering|[0-9A-F]{8}$/g, '')).sort()).toEqual([
      'ResultsDeadLetterQueue',
      'TimersDeadLetterQueue',
    ]);
    for (const id of ends) expect(queues.get(id)).toMatchObject({ MessageRetentionPeriod: 14 * 24 * 3_600 });
  });
});

describe('event source mappings', () => {
  it.each(mappings.map((mapping) => [target(mapping.EventSourceArn), mapping] as const))(
    '%s is consumed with partial batch responses and a visibility of 6 timeouts and the window',
    (queue, mapping) => {
      const timeout = Number(functions.get(target(mapping.FunctionName))?.Timeout);
      const window = Number(mapping.MaximumBatchingWindowInSeconds ?? 0);
      expect(mapping.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      expect(Number(queues.get(queue)?.VisibilityTimeout)).toBeGreaterThanOrEqual(6 * timeout + window);
    },
  );

  it('the aggregator takes results, undelivered tasks, and the dead letters of every queue leaf', () => {
    const aggregator = idOf(template, 'AWS::Lambda::Function', 'Aggregator');
    const consumed = mappings
      .filter(({ FunctionName }) => target(FunctionName) === aggregator)
      .map(({ EventSourceArn }) => target(EventSourceArn));
    const expected = ['ResultsQueue', 'UndeliveredQueue', 'ToySteadyLeafDeadLetter', 'OtherOnlyLeafDeadLetter'];
    expect(consumed.sort()).toEqual(expected.map((part) => idOf(template, 'AWS::SQS::Queue', part)).sort());
  });

  it('results are gathered at once, ten messages at most', () => {
    const results = idOf(template, 'AWS::SQS::Queue', 'ResultsQueue');
    const mapping = mappings.find(({ EventSourceArn }) => target(EventSourceArn) === results);
    expect(mapping).toMatchObject({ BatchSize: 10 });
    expect(mapping).not.toHaveProperty('MaximumBatchingWindowInSeconds');
  });
});
