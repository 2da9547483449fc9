import { describe, expect, it } from 'vitest';
import { environment, idOf, type Properties, resources, target, toyTemplate } from './support.ts';

const template = toyTemplate({ logRetentionDays: '7', ownerOpenRequests: 5, retentionHours: '48' });
const functions = resources(template, 'AWS::Lambda::Function');
const SERVICES = [
  ...['Distributor', 'Scatterer', 'Status', 'Aggregator', 'Closer', 'Timer', 'Warden', 'Notifier', 'Intake'],
  ...['RollCall', 'Attendance'],
];

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** What a function's role allows. */
function statements(part: string): Statement[] {
  const role = target(functions.get(idOf(template, 'AWS::Lambda::Function', part))?.Role);
  const policies = [...resources(template, 'AWS::IAM::Policy').values()] as Properties[];
  return policies
    .filter(({ Roles }) => target((Roles as unknown[])[0]) === role)
    .flatMap(({ PolicyDocument }) => (PolicyDocument as { Statement: Statement[] }).Statement);
}

/** `action on resource` for all of it, resources by logical id. */
function permissions(part: string): string[] {
  return statements(part)
    .flatMap(({ Action, Resource }) => [Action].flat().map((action) => `${action} on ${name(Resource)}`))
    .sort();
}

function name(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  if (JSON.stringify(resource).includes(':Fanfold-instance-*')) return 'Fanfold-instance-*';
  const [, [bucket, objects]] = (resource as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'] ?? ['', []];
  if (bucket) return `${name(bucket)}${objects}`;
  const id = target(resource) || JSON.stringify(resource);
  return id.replace(/^ScatterGather(Gathering)?|[0-9A-F]{8}$/g, '');
}

const OBSERVABILITY = (part: string) => [
  `logs:CreateLogStream on ${part}Logs`,
  `logs:PutLogEvents on ${part}Logs`,
  'xray:PutTelemetryRecords on *',
  'xray:PutTraceSegments on *',
];
const GATHERING = ['GetItem', 'PutItem', 'Query', 'UpdateItem'].map((a) => `dynamodb:${a} on Table`);
const CLAIMING = ['GetObject', 'PutObject'].map((action) => `s3:${action} on Claims/*`);
const SENDING = (...queues: string[]) => queues.map((queue) => `sqs:SendMessage on ${queue}`);
/** Queues of the stack's instances, by name. */
const INSTANCES = ['ListQueueTags', 'SendMessage'].map((action) => `sqs:${action} on Fanfold-instance-*`);
const REPLYING = SENDING('ResultsQueue', 'BulkResultsQueue');
const CONSUMING = (queue: string) =>
  ['DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage'].map((action) => `sqs:${action} on ${queue}`);

describe('every function', () => {
  it.each([...functions])('%s runs Node 24 on arm64, traced, with a log group of its own', (_, properties) => {
    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON' },
    });
    const logGroup = target((properties.LoggingConfig as Properties).LogGroup);
    expect(resources(template, 'AWS::Logs::LogGroup').get(logGroup)).toEqual({ RetentionInDays: 7 });
  });

  it('shares neither its log group nor its role', () => {
    const all = [...functions.values()];
    const distinct = (of: (properties: Properties) => unknown) => new Set(all.map((each) => target(of(each)))).size;
    expect(distinct(({ LoggingConfig }) => (LoggingConfig as Properties).LogGroup)).toBe(all.length);
    expect(distinct(({ Role }) => Role)).toBe(all.length);
  });

  it('may loop where messages legitimately come round again', () => {
    const loops = [...functions].filter(([, { RecursiveLoop }]) => RecursiveLoop === 'Allow').map(([id]) => id);
    expect(functions.size - loops.length).toBe(4);
    for (const part of ['Status', 'Intake', 'RollCall', 'Attendance'])
      expect(loops).not.toContain(idOf(template, 'AWS::Lambda::Function', part));
  });

  it('finds its settings in the environment', () => {
    const settings = {
      OWNER_OPEN_REQUESTS: '5',
      RETENTION_HOURS: '48',
      API_AUTH: 'iam',
      POWERTOOLS_SERVICE_NAME: 'Fanfold',
      POWERTOOLS_METRICS_NAMESPACE: 'Fanfold',
    };
    expect(environment(template, 'Distributor')).toMatchObject(settings);
  });

  const CLAIMS = { CLAIMS_BUCKET_NAME: 'Claims' };
  const TABLE = { GATHERINGS_TABLE_NAME: 'Table' };
  const TOPIC = { TASKS_TOPIC_ARN: 'TasksTopic' };
  const RESULTS = { RESULTS_QUEUE_URL: 'ResultsQueue' };
  const BULK_RESULTS = { BULK_RESULTS_QUEUE_URL: 'BulkResultsQueue' };
  const DEAD = { DEAD_RESULTS_QUEUE_URL: 'ResultsDeadLetterQueue' };
  const SCATTER = { SCATTER_QUEUE_URL: 'ScatterQueue' };
  const ROLL = { ROLL_CALLS_TOPIC_ARN: 'RollCallsTopic', ANSWERS_QUEUE_URL: 'AnswersQueue' };
  const SHARDS = { SHARDS_QUEUE_URL: 'ShardsQueue' };
  const NOTICES = { NOTICES_QUEUE_URL: 'NoticesQueue' };
  const TIMERS = { TIMERS_QUEUE_URL: 'TimersQueue', DEADLINES_QUEUE_URL: 'DeadlinesQueue' };

  it.each([
    [
      'Distributor',
      { ...TABLE, ...TOPIC, ...ROLL, ...RESULTS, ...BULK_RESULTS, ...SCATTER, ...SHARDS, ...NOTICES, ...TIMERS },
    ],
    ['Scatterer', { ...TABLE, ...TOPIC, ...RESULTS, ...BULK_RESULTS, ...SCATTER, ...SHARDS, ...NOTICES, ...TIMERS }],
    ['ToySwiftLeaf', { ...RESULTS, ...BULK_RESULTS }],
    ['ToySteadyLeaf', { ...RESULTS, ...BULK_RESULTS, ...TABLE }],
    ['Aggregator', { ...TABLE, ...TOPIC, ...RESULTS, ...BULK_RESULTS, ...DEAD, ...SCATTER, ...SHARDS, ...NOTICES }],
    ['Closer', { ...TABLE, ...SHARDS, ...NOTICES }],
    ['Timer', { ...TABLE, ...TOPIC, ...RESULTS, ...SHARDS, ...NOTICES, ...TIMERS }],
    ['Warden', { ...TABLE, ...NOTICES, ...TIMERS }],
    [
      'Notifier',
      { ...TABLE, ...RESULTS, ...BULK_RESULTS, ...SCATTER, ...NOTICES, COMPLETIONS_TOPIC_ARN: 'CompletionsTopic' },
    ],
    ['Status', { ...TABLE, ...TOPIC, ...RESULTS, ...SHARDS, ...NOTICES }],
    ['RollCall', { ...TABLE, ...ROLL }],
  ])('%s is told of what it uses, and of nothing else', (part, expected) => {
    const references = Object.entries(environment(template, part)).filter(([, value]) => typeof value !== 'string');
    expect(Object.fromEntries(references.map(([key, value]) => [key, name(value)]))).toEqual({
      ...expected,
      ...(part === 'Warden' ? {} : CLAIMS),
    });
  });

  it('attendance is told of the table alone', () => {
    const references = Object.entries(environment(template, 'Attendance')).filter(
      ([, value]) => typeof value !== 'string',
    );
    expect(references.map(([key, value]) => [key, name(value)])).toEqual(Object.entries(TABLE));
  });
});

describe('roles', () => {
  it('hold no managed policy', () => {
    for (const role of resources(template, 'AWS::IAM::Role').values())
      expect(role).not.toHaveProperty('ManagedPolicyArns');
  });

  it('name a resource for every action but tracing, and no action by wildcard; objects and instances have names nobody knows yet', () => {
    const everything = ['Leaf', ...SERVICES].flatMap((part) =>
      part === 'Leaf' ? ['ToySwiftLeaf', 'ToySteadyLeaf', 'OtherOnlyLeaf'].flatMap(permissions) : permissions(part),
    );
    const named = [' on Claims/*', ' on Fanfold-instance-*'];
    const bare = everything.filter(
      (permission) => permission.includes('*') && !named.some((ending) => permission.endsWith(ending)),
    );
    expect(new Set(bare)).toEqual(new Set(OBSERVABILITY('').filter((permission) => permission.endsWith('*'))));
  });

  it.each([
    [
      'Distributor',
      [
        ...[...GATHERING, ...INSTANCES, 'sns:Publish on TasksTopic', 'sns:Publish on RollCallsTopic'],
        ...SENDING('ResultsQueue', 'ScatterQueue', 'ShardsQueue', 'NoticesQueue', 'TimersQueue', 'DeadlinesQueue'),
      ],
    ],
    [
      'Scatterer',
      [
        ...[...GATHERING, ...INSTANCES, 'sns:Publish on TasksTopic'],
        ...CONSUMING('ScatterQueue'),
        ...REPLYING,
        ...SENDING('ScatterQueue', 'ShardsQueue', 'NoticesQueue', 'TimersQueue', 'DeadlinesQueue'),
      ],
    ],
    [
      'Notifier',
      [
        ...['GetItem', 'UpdateItem'].map((action) => `dynamodb:${action} on Table`),
        ...CONSUMING('NoticesQueue'),
        ...REPLYING,
        ...SENDING('NoticesQueue', 'ScatterQueue'),
        'sns:Publish on CompletionsTopic',
      ],
    ],
    [
      'Status',
      [
        ...[...GATHERING, ...INSTANCES, 'sns:Publish on TasksTopic'],
        ...SENDING('ResultsQueue', 'ShardsQueue', 'NoticesQueue'),
      ],
    ],
    ['RollCall', [...GATHERING, 'sns:Publish on RollCallsTopic']],
    ['Closer', [...GATHERING, ...CONSUMING('ShardsQueue'), ...SENDING('ShardsQueue', 'NoticesQueue')]],
    [
      'Timer',
      [
        ...[...GATHERING, ...INSTANCES, 'sns:Publish on TasksTopic'],
        ...CONSUMING('TimersQueue'),
        ...SENDING('ResultsQueue', 'ShardsQueue', 'NoticesQueue', 'TimersQueue', 'DeadlinesQueue'),
      ],
    ],
    [
      'Warden',
      [
        'dynamodb:GetItem on Table',
        ...CONSUMING('DeadlinesQueue'),
        ...SENDING('NoticesQueue', 'TimersQueue', 'DeadlinesQueue'),
      ],
    ],
    [
      'Aggregator',
      [
        ...[...GATHERING, ...INSTANCES, 'sns:Publish on TasksTopic'],
        ...[...SENDING('ScatterQueue', 'ShardsQueue', 'NoticesQueue', 'ResultsDeadLetterQueue'), ...REPLYING],
        ...CONSUMING('ResultsQueue'),
        ...CONSUMING('BulkResultsQueue'),
        ...CONSUMING('UndeliveredQueue'),
        ...CONSUMING('ToySwiftLeafDeadLetterQueue'),
        ...CONSUMING('ToySteadyLeafDeadLetterQueue'),
        ...CONSUMING('OtherOnlyLeafDeadLetterQueue'),
      ],
    ],
    ['ToySwiftLeaf', [...REPLYING, ...CONSUMING('ToySwiftLeafBulkTasksQueue')]],
    [
      'ToySteadyLeaf',
      [
        ...REPLYING,
        ...['TasksQueue', 'BulkTasksQueue'].flatMap((queue) => CONSUMING(`ToySteadyLeaf${queue}`)),
        'dynamodb:GetItem on Table',
      ],
    ],
    ['OtherOnlyLeaf', [...REPLYING, ...CONSUMING('OtherOnlyLeafTasksQueue')]],
  ])('%s may do exactly what it does', (part, expected) => {
    expect(permissions(part)).toEqual(
      [...OBSERVABILITY(part), ...(part === 'Warden' ? [] : CLAIMING), ...expected].sort(),
    );
  });

  it.each(['Distributor', 'Scatterer', 'Aggregator', 'Status', 'Timer'])(
    'let %s send to queues that are called and tagged as instances of this stack, and to no other',
    (part) => {
      const sends = statements(part).filter(({ Resource }) => name(Resource) === 'Fanfold-instance-*');
      expect(sends.map(({ Condition }) => Condition)).toEqual([
        { StringEquals: { 'aws:ResourceTag/fanfold:stack': 'Fanfold' } },
      ]);
    },
  );

  it('let attendance take answers in, and nothing else', () => {
    const actions = ['GetItem', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action} on Table`);
    expect(permissions('Attendance')).toEqual(
      [...OBSERVABILITY('Attendance'), ...actions, ...CONSUMING('AnswersQueue')].sort(),
    );
  });

  it.each([
    ['RollCall', 'roll-calls and the census', ['ROLLCALL#*', 'CENSUS']],
    ['Attendance', 'roll-calls', ['ROLLCALL#*']],
  ])('let %s touch %s, and nothing else of the table', (part, _, partitions) => {
    const onTable = statements(part).filter(({ Action }) => JSON.stringify(Action).includes('dynamodb:'));
    expect(onTable.map(({ Condition }) => Condition)).toEqual([
      {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    ]);
  });

  it('let the intake read what the token is checked against, send on, and nothing else', () => {
    expect(permissions('Intake')).toEqual(
      [
        ...OBSERVABILITY('Intake'),
        'dynamodb:GetItem on Table',
        'dynamodb:GetItem on Table',
        ...REPLYING,
        ...SENDING('AnswersQueue'),
      ].sort(),
    );
    const [read, readRollCall] = statements('Intake').filter(({ Action }) => Action === 'dynamodb:GetItem');
    expect(read?.Condition).toMatchObject({
      'ForAllValues:StringEquals': {
        'dynamodb:Attributes': [
          ...['pk', 'sk', 'job', 'jobVersion', 'resultsToken', 'expected', 'shardSize', 'acceptedAt', 'deadlineAt'],
          ...['graceMs', 'state', 'ttlEpochSeconds'],
        ],
      },
    });
    expect(readRollCall?.Condition).toMatchObject({
      'ForAllValues:StringEquals': {
        'dynamodb:Attributes': ['pk', 'sk', 'answersToken', 'askedAt', 'windowMs', 'state', 'ttlEpochSeconds'],
      },
    });
  });

  it('let a leaf that checks its requests read their state, and no other attribute', () => {
    const reads = statements('ToySteadyLeaf').filter(({ Action }) => Action === 'dynamodb:GetItem');
    expect(reads.map(({ Condition }) => Condition)).toEqual([
      {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'state'] },
        Null: { 'dynamodb:Attributes': 'false' },
        StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
      },
    ]);
  });
});
