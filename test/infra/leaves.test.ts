import { describe, expect, it } from 'vitest';
import { direct, external, queue as queued } from '../../shared/core/job.ts';
import { idOf, JOBS, resources, target, toyStack, toyTemplate } from './support.ts';

const template = toyTemplate();
const lambda = (part: string) => idOf(template, 'AWS::Lambda::Function', part);
const queue = (part: string) => idOf(template, 'AWS::SQS::Queue', part);
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const subscription = (endpoint: string) =>
  [...resources(template, 'AWS::SNS::Subscription').values()].find(({ Endpoint }) => target(Endpoint) === endpoint);

describe('a direct leaf', () => {
  const swift = lambda('ToySwiftLeaf');

  it('is invoked by the topic for its own tasks, and what cannot be delivered is kept', () => {
    expect(subscription(swift)).toMatchObject({
      Protocol: 'lambda',
      FilterPolicy: { leaf: ['toy.swift'], lane: ['small'] },
      RedrivePolicy: { deadLetterTargetArn: arn(queue('Undelivered')) },
    });
  });

  it('is not retried by Lambda, and its death is a message on the results queue', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: swift },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 90,
      DestinationConfig: { OnFailure: { Destination: arn(queue('GatheringResultsQueue')) } },
    });
  });

  it('keeps an event for the job’s deadline, within what Lambda allows', () => {
    const age = (deadlineMs: number) => {
      const [job] = JOBS;
      const { swift } = job?.leaves ?? {};
      const jobs = swift ? [{ name: 'toy', deadlineMs, maxTasks: 1, leaves: { swift } }] : [];
      const [config] = resources(toyTemplate({}, jobs), 'AWS::Lambda::EventInvokeConfig').values();
      return config?.MaximumEventAgeInSeconds;
    };
    expect([1_000, 61_500, 7 * 24 * 3_600_000].map(age)).toEqual([60, 62, 21_600]);
  });
});

describe('a queue leaf', () => {
  const steady = lambda('ToySteadyLeaf');
  const tasks = queue('ToySteadyLeafTasks');
  const dead = queue('ToySteadyLeafDeadLetter');

  it('is delivered raw messages through a queue of its own, and what cannot be delivered is kept', () => {
    expect(subscription(tasks)).toMatchObject({
      Protocol: 'sqs',
      RawMessageDelivery: true,
      FilterPolicy: { leaf: ['toy.steady'], lane: ['small'] },
      RedrivePolicy: { deadLetterTargetArn: arn(queue('Undelivered')) },
    });
  });

  it('polls with the batch size it chose and half of its concurrency', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionName: { Ref: steady },
      EventSourceArn: arn(tasks),
      BatchSize: 5,
      ScalingConfig: { MaximumConcurrency: 10 },
    });
  });

  it('gives a message up after three receives', () => {
    expect(resources(template, 'AWS::SQS::Queue').get(tasks)).toMatchObject({
      RedrivePolicy: { deadLetterTargetArn: arn(dead), maxReceiveCount: 3 },
    });
  });

  it('has no failure destination: Lambda’s are for asynchronous events', () => {
    const configured = [...resources(template, 'AWS::Lambda::EventInvokeConfig').values()];
    expect(configured.map(({ FunctionName }) => target(FunctionName))).toEqual([lambda('ToySwiftLeaf')]);
  });
});

it('a leaf knows where results go, and has the size it asked for', () => {
  expect(resources(template, 'AWS::Lambda::Function').get(lambda('ToySteadyLeaf'))).toMatchObject({
    Timeout: 40,
    MemorySize: 512,
    Environment: { Variables: { RESULTS_QUEUE_URL: { Ref: queue('GatheringResultsQueue') } } },
  });
});

describe.each(['Swift', 'Steady'])('the bulk lane of %s', (leaf) => {
  const tasks = queue(`Toy${leaf}LeafBulkTasks`);

  it('brings it raw messages of large requests through a queue', () => {
    expect(subscription(tasks)).toMatchObject({
      Protocol: 'sqs',
      RawMessageDelivery: true,
      FilterPolicy: { leaf: [`toy.${leaf.toLowerCase()}`], lane: ['bulk'] },
      RedrivePolicy: { deadLetterTargetArn: arn(queue('Undelivered')) },
    });
  });

  it('gives a message up after five receives, to where the aggregator reads it', () => {
    expect(resources(template, 'AWS::SQS::Queue').get(tasks)).toMatchObject({
      RedrivePolicy: { deadLetterTargetArn: arn(queue(`Toy${leaf}LeafDeadLetter`)), maxReceiveCount: 5 },
    });
  });
});

describe('a leaf with a maximum', () => {
  const job = (delivery: ReturnType<typeof direct>) => [
    {
      name: 'toy',
      deadlineMs: 1_000,
      maxTasks: 2_501,
      leaves: { only: { memoryMb: 128, timeoutMs: 1_000, delivery, checksRequest: false } },
    },
  ];
  const mappings = (from: typeof template) =>
    [...resources(from, 'AWS::Lambda::EventSourceMapping').values()]
      .filter(({ FunctionName }) => target(FunctionName) === idOf(from, 'AWS::Lambda::Function', 'ToyOnlyLeaf'))
      .map(({ ScalingConfig }) => ScalingConfig);

  it('delivered directly, has it reserved, and its bulk queue takes no more than half', () => {
    const held = toyTemplate({}, job(direct({ maxConcurrency: 30 })));
    held.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Answers the tasks of toy.only',
      ReservedConcurrentExecutions: 30,
    });
    expect(mappings(held)).toEqual([{ MaximumConcurrency: 15 }]);
  });

  it('delivered directly, is not watched for the throttles it asked for', () => {
    const watched = (from: typeof template) =>
      [...resources(from, 'AWS::CloudWatch::Alarm').keys()].filter((id) => /ToyOnlyLeafThrottles/.test(id)).length;
    expect(watched(toyTemplate({}, job(direct({ maxConcurrency: 30 }))))).toBe(0);
    expect(watched(toyTemplate({}, job(direct())))).toBe(1);
  });

  it('delivered directly, is refused where nothing may be reserved', () => {
    const deploying = () => toyStack({ reserveConcurrency: 'false' }, job(direct({ maxConcurrency: 30 })));
    expect(deploying).toThrow(
      /^jobs\/toy\/job\.ts gives the leaf "only" direct\(\{ maxConcurrency \}\), .* use queue\(/,
    );
  });

  it('too low for two mappings has one queue for both lanes', () => {
    const narrow = toyTemplate({}, job(queued({ maxConcurrency: 3 })));
    expect(mappings(narrow)).toEqual([{ MaximumConcurrency: 3 }]);
    const [filter] = [...resources(narrow, 'AWS::SNS::Subscription').values()].map(({ FilterPolicy }) => FilterPolicy);
    expect(filter).toEqual({ leaf: ['toy.only'] });
    expect(
      resources(narrow, 'AWS::SQS::Queue').get(idOf(narrow, 'AWS::SQS::Queue', 'ToyOnlyLeafTasksQueue')),
    ).toMatchObject({ RedrivePolicy: { maxReceiveCount: 5 } });
  });
});

describe('a leaf that is a service of its own', () => {
  it('adds nothing to the stack, which is that of no leaf at all', () => {
    const quote = { name: 'quote', deadlineMs: 5_000, maxTasks: 1_000_000, leaves: {} };
    const theirs = { ...quote, leaves: { pricing: external({ service: 'pricing' }) } };
    expect(toyTemplate({}, [theirs]).toJSON()).toEqual(toyTemplate({}, [quote]).toJSON());
  });
});
