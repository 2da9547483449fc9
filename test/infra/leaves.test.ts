import { describe, expect, it } from 'vitest';
import { idOf, JOBS, resources, target, toyTemplate } from './support.ts';

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
      FilterPolicy: { leaf: ['toy.swift'] },
      RedrivePolicy: { deadLetterTargetArn: arn(queue('Undelivered')) },
    });
  });

  it('is not retried by Lambda, and its death is a message on the results queue', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: swift },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 90,
      DestinationConfig: { OnFailure: { Destination: arn(queue('ResultsQueue')) } },
    });
  });

  it('keeps an event for the job’s deadline, within what Lambda allows', () => {
    const age = (deadlineMs: number) => {
      const [job] = JOBS;
      const { swift } = job?.leaves ?? {};
      const jobs = swift ? [{ name: 'toy', deadlineMs, leaves: { swift } }] : [];
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
      FilterPolicy: { leaf: ['toy.steady'] },
      RedrivePolicy: { deadLetterTargetArn: arn(queue('Undelivered')) },
    });
  });

  it('polls with the batch size and the concurrency it chose', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionName: { Ref: steady },
      EventSourceArn: arn(tasks),
      BatchSize: 5,
      ScalingConfig: { MaximumConcurrency: 20 },
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
    Environment: { Variables: { RESULTS_QUEUE_URL: { Ref: queue('ResultsQueue') } } },
  });
});
