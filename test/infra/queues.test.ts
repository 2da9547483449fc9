import { describe, expect, it } from 'vitest';
import { idOf, resources, target, toyTemplate } from './support.ts';

const template = toyTemplate();
const queues = resources(template, 'AWS::SQS::Queue');
const mappings = [...resources(template, 'AWS::Lambda::EventSourceMapping').values()];
const functions = resources(template, 'AWS::Lambda::Function');

const bare = (id: string) => id.replace(/^ScatterGather(Gathering)?|[0-9A-F]{8}$/g, '');

/** What consumes each queue, in batches of what size, how many at a time at most. */
const consumed = mappings.map(({ EventSourceArn, FunctionName, BatchSize, ScalingConfig }) => [
  bare(target(EventSourceArn)),
  bare(target(FunctionName)).replace(/Function$/, ''),
  BatchSize,
  (ScalingConfig as { MaximumConcurrency?: number } | undefined)?.MaximumConcurrency,
]);

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

  it.each(['Tasks', 'Completions', 'RollCalls'])('the %s topic refuses plain HTTP', (name) => {
    const topics = statementsOn('AWS::SNS::TopicPolicy', 'Topics');
    expect(topics.get(idOf(template, 'AWS::SNS::Topic', name))).toContainEqual(refusesPlainHttp);
  });

  it('topics and queues are encrypted', () => {
    for (const queue of queues.values()) expect(queue).toMatchObject({ SqsManagedSseEnabled: true });
    template.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: 'alias/aws/sns' });
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
      'AnswersDeadLetterQueue',
      'NoticesDeadLetterQueue',
      'ResultsDeadLetterQueue',
      'ScatterDeadLetterQueue',
      'ShardsDeadLetterQueue',
      'TimersDeadLetterQueue',
    ]);
    for (const id of ends) expect(queues.get(id)).toMatchObject({ MessageRetentionPeriod: 14 * 24 * 3_600 });
  });
});

describe('event source mappings', () => {
  it.each(mappings.map((mapping) => [target(mapping.EventSourceArn), mapping] as const))(
    '%s is consumed with partial batch responses and a visibility of 6 timeouts and the window; deadlines come again sooner',
    (queue, mapping) => {
      const timeout = Number(functions.get(target(mapping.FunctionName))?.Timeout);
      const window = Number(mapping.MaximumBatchingWindowInSeconds ?? 0);
      expect(mapping.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      expect(Number(queues.get(queue)?.VisibilityTimeout)).toBeGreaterThanOrEqual(
        (bare(queue) === 'DeadlinesQueue' ? 1 : 6) * timeout + window,
      );
    },
  );

  it('are these, each bounded but for a queue leaf that names no maximum', () => {
    expect(consumed.sort()).toEqual([
      ['AnswersQueue', 'Attendance', 10, 10],
      ['BulkResultsQueue', 'Aggregator', 10, 50],
      ['DeadlinesQueue', 'Warden', 10, 20],
      ['NoticesQueue', 'Notifier', 10, 10],
      ['OtherOnlyLeafDeadLetterQueue', 'Aggregator', 10, 2],
      ['OtherOnlyLeafTasksQueue', 'OtherOnlyLeaf', 10, undefined],
      ['ResultsQueue', 'Aggregator', 10, 100],
      ['ScatterQueue', 'Scatterer', 1, 10],
      ['ShardsQueue', 'Closer', 1, 20],
      ['TimersQueue', 'Timer', 10, 20],
      ['ToySteadyLeafBulkTasksQueue', 'ToySteadyLeaf', 5, 10],
      ['ToySteadyLeafDeadLetterQueue', 'Aggregator', 10, 2],
      ['ToySteadyLeafTasksQueue', 'ToySteadyLeaf', 5, 10],
      ['ToySwiftLeafBulkTasksQueue', 'ToySwiftLeaf', 10, 400],
      ['ToySwiftLeafDeadLetterQueue', 'Aggregator', 10, 2],
      ['UndeliveredQueue', 'Aggregator', 10, 2],
    ]);
  });

  it('wait for no fuller batch', () => {
    for (const mapping of mappings) expect(mapping).not.toHaveProperty('MaximumBatchingWindowInSeconds');
  });

  it('cover every queue but those where dead letters end', () => {
    const ends = [...queues].filter(([, { RedrivePolicy }]) => !RedrivePolicy).map(([id]) => bare(id));
    expect([...consumed.map(([queue]) => queue), ...ends].sort()).toEqual([...queues.keys()].map(bare).sort());
  });
});

describe('reserved concurrency', () => {
  const reserved = (context: Record<string, unknown>) =>
    [...resources(toyTemplate(context), 'AWS::Lambda::Function')].flatMap(([id, { ReservedConcurrentExecutions }]) =>
      ReservedConcurrentExecutions === undefined ? [] : [[bare(id), ReservedConcurrentExecutions]],
    );

  it('is what the mappings of the aggregator, the timer and the warden may use together, so that it never throttles them', () => {
    const sum = (part: string) =>
      consumed.filter(([, fn]) => fn === part).reduce((total, [, , , most]) => total + Number(most), 0);
    expect(reserved({})).toEqual([
      ['AggregatorFunction', sum('Aggregator')],
      ['TimerFunction', sum('Timer')],
      ['WardenFunction', sum('Warden')],
    ]);
    expect([sum('Aggregator'), sum('Timer'), sum('Warden')]).toEqual([158, 20, 20]);
  });

  it('is none where the account has too little', () => {
    expect(reserved({ reserveConcurrency: 'false' })).toEqual([]);
  });
});
