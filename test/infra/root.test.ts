import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { CONSUMED, readEnvironment } from '../../root/environment.ts';
import { resources, target, toyStack, toyTemplate } from './support.ts';

const template = toyTemplate({ services: 'root' });
const usual = toyTemplate();

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
}

interface Policy {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

/** An action on each resource of a statement that lists several. */
const each = (pair: string): string[] => {
  const [action = '', resource = ''] = pair.split(/ (.*)/s);
  const parsed: unknown = JSON.parse(resource);
  return Array.isArray(parsed) ? parsed.map((one) => `${action} ${JSON.stringify(one)}`) : [pair];
};

/** A value of the template, with the logical ids of what only a deployment knows in brackets. */
const withRefs = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const [separator, parts] = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'] ?? [];
  return parts ? parts.map(withRefs).join(separator) : `<${target(value)}>`;
};

const statements = (): Statement[] => {
  const [policy] = [...resources(template, 'AWS::IAM::ManagedPolicy').values()];
  return (policy as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement;
};

describe('a stack whose services are roots', () => {
  const mappings = (of: Template) =>
    [...resources(of, 'AWS::Lambda::EventSourceMapping').values()].map(
      ({ FunctionName, Enabled = true }) => [target(FunctionName), Enabled] as const,
    );

  it('has the mappings of its services disabled, and those of its leaves at work', () => {
    const leaves = mappings(template).filter(([, enabled]) => enabled);
    expect(leaves.length).toBeGreaterThan(0);
    expect(leaves.every(([name]) => name.includes('Leaf'))).toBe(true);
    expect(mappings(template).map(([name]) => name)).toEqual(mappings(usual).map(([name]) => name));
    expect(mappings(usual).every(([, enabled]) => enabled)).toBe(true);
  });

  it('keeps no concurrency for functions that get nothing', () => {
    const reserved = (of: Template) =>
      [...resources(of, 'AWS::Lambda::Function').values()].filter((each) => 'ReservedConcurrentExecutions' in each);
    expect([reserved(template).length, reserved(usual).length]).toEqual([0, 3]);
  });

  it('permits a root what the functions may do and no more, each action on resources by name', () => {
    const pairs = (all: readonly Statement[]) =>
      all.flatMap(({ Action, Resource }) => [Action].flat().map((action) => `${action} ${JSON.stringify(Resource)}`));
    const services = [...resources(usual, 'AWS::IAM::Policy').entries()].filter(([id]) => !id.includes('Leaf'));
    const functions = new Set(
      services
        .flatMap(([, policy]) => pairs((policy as unknown as Policy).PolicyDocument.Statement))
        .filter((pair) => !/^(logs|xray|sqs:GetQueueAttributes)/.test(pair)),
    );
    const roots = pairs(statements()).flatMap(each);
    expect([...functions].flatMap(each).filter((pair) => !roots.includes(pair))).toEqual([]);
    const further = roots.filter((pair) => ![...functions].flatMap(each).includes(pair));
    expect(further.every((pair) => pair.startsWith('sqs:ChangeMessageVisibility '))).toBe(true);
    expect(JSON.stringify(statements())).not.toMatch(/"Resource":"\*"/);
  });

  it('has every queue polled by roots that a service would have polled, and lets them', () => {
    const polled = JSON.stringify(statements().filter(({ Action }) => Action.includes('sqs:ReceiveMessage')));
    const { Outputs = {} } = template.toJSON();
    const lines = withRefs(Outputs.RootEnvironment.Value).split('\n');
    for (const { FunctionName, EventSourceArn } of resources(usual, 'AWS::Lambda::EventSourceMapping').values()) {
      if (target(FunctionName).includes('Leaf')) continue;
      const queue = target(EventSourceArn);
      expect(polled).toContain(queue);
      const names = lines.filter((line) => line.includes(`<${queue}>`)).map((line) => line.split('=')[0]);
      expect(
        names.some((name) => [...CONSUMED, 'DEAD_LETTER_QUEUE_URLS'].some((each) => each === name)),
        queue,
      ).toBe(true);
    }
  });

  it('says in an output all that a root needs of its environment', () => {
    for (const auth of [{ auth: 'none' }, { auth: 'jwt', jwtIssuer: 'https://issuer.example', jwtAudience: 'us' }]) {
      const { Outputs = {} } = Template.fromStack(toyStack({ services: 'root', ...auth })).toJSON();
      const lines = withRefs(Outputs.RootEnvironment.Value).split('\n');
      const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
      expect(() => readEnvironment(env)).not.toThrow();
      expect(env).toMatchObject({ POWERTOOLS_SERVICE_NAME: 'Fanfold', API_AUTH: auth.auth });
    }
  });

  it('leaves out nothing that a function has in its environment', () => {
    const { Outputs = {} } = template.toJSON();
    const output = JSON.stringify(Outputs.RootEnvironment.Value);
    for (const [id, { Environment }] of resources(usual, 'AWS::Lambda::Function')) {
      if (id.includes('Leaf')) continue;
      for (const name of Object.keys((Environment as { Variables: object }).Variables))
        expect(output).toContain(`${name}=`);
    }
  });

  it('counts requests in the log of roots', () => {
    const filters = [...resources(template, 'AWS::Logs::MetricFilter').entries()].filter(([id]) => id.includes('Root'));
    expect(filters.map(([id]) => id.replace(/^ScatterGatherRoot|[0-9A-F]{8}$/g, '')).toSorted()).toEqual([
      ...['RequestsAccepted', 'RequestsClosed'],
    ]);
  });
});

it('a stack whose services are functions has nothing of a root', () => {
  expect(Object.keys(usual.toJSON().Outputs).filter((name) => name.startsWith('Root'))).toEqual([]);
  expect(resources(usual, 'AWS::IAM::ManagedPolicy').size).toBe(0);
});
