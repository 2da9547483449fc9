import { rmSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readAssembly } from '../../local/template/assembly.ts';
import { resolveStack } from '../../local/template/stack.ts';
import { assertSupported } from '../../local/template/support.ts';
import { arnOf, lambda, queue, ref, role, type TemplateBody, writeAssembly } from './support/assembly.ts';

const ENDPOINTS = { messaging: 'http://127.0.0.1:1', dynamodb: 'http://127.0.0.1:2', api: 'http://127.0.0.1:3' };

function assemblyOf(template: TemplateBody) {
  const folder = writeAssembly(template);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return readAssembly(folder);
}

function resolved(value: unknown, rest: Omit<TemplateBody, 'Resources'> = {}) {
  const Resources = {
    Queue: queue(),
    Topic: { Type: 'AWS::SNS::Topic' },
    Table: { Type: 'AWS::DynamoDB::GlobalTable' },
    Role: role,
    Function: lambda(),
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
    Subject: lambda({ Environment: { Variables: { VALUE: value } } }),
  };
  const stack = resolveStack(assemblyOf({ Resources, ...rest }), {
    stackName: 'Test',
    region: 'us-east-1',
    endpoints: ENDPOINTS,
  });
  const { Environment } = stack.named('Test-Subject')?.properties ?? {};
  return (Environment as { Variables: { VALUE?: unknown } }).Variables.VALUE;
}

/** A placeholder of Fn::Sub. */
function part(name: string): string {
  return `\${${name}}`;
}

describe('an intrinsic function', () => {
  test.each([
    ['Ref of a queue', ref('Queue'), 'http://127.0.0.1:1/000000000000/Test-Queue'],
    ['Ref of a topic', ref('Topic'), 'arn:aws:sns:us-east-1:000000000000:Test-Topic'],
    ['Ref of a table', ref('Table'), 'Test-Table'],
    ['Ref of a function', ref('Function'), 'Test-Function'],
    ['Ref of a pseudo parameter', ref('AWS::Region'), 'us-east-1'],
    ['Ref of a parameter', ref('Parameter'), 'its default'],
    ['Fn::GetAtt of a queue', arnOf('Queue'), 'arn:aws:sqs:us-east-1:000000000000:Test-Queue'],
    ['Fn::GetAtt with a dot', { 'Fn::GetAtt': 'Queue.QueueName' }, 'Test-Queue'],
    ['Fn::GetAtt of the API', { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] }, 'http://127.0.0.1:3'],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', ref('AWS::Partition'), ref('AWS::URLSuffix')]] }, 'a-aws-amazonaws.com'],
    ['Fn::Select', { 'Fn::Select': [1, ['a', ref('Table')]] }, 'Test-Table'],
    ['Fn::Split', { 'Fn::Split': [':', 'a:b'] }, ['a', 'b']],
    ['Fn::Select of Fn::Split', { 'Fn::Select': ['5', { 'Fn::Split': [':', arnOf('Queue')] }] }, 'Test-Queue'],
    [
      'Fn::Sub',
      { 'Fn::Sub': `${part('AWS::AccountId')}/${part('Queue.QueueName')}/${part('Table')}/${part('!Literal')}` },
      `000000000000/Test-Queue/Test-Table/${part('Literal')}`,
    ],
    ['Fn::Sub with variables', { 'Fn::Sub': [`${part('Name')}!`, { Name: ref('Table') }] }, 'Test-Table!'],
    ['Fn::If, true', { 'Fn::If': ['Yes', 'y', 'n'] }, 'y'],
    ['Fn::If, false', { 'Fn::If': ['No', 'y', ref('AWS::NoValue')] }, undefined],
    ['Fn::If through other conditions', { 'Fn::If': ['Both', 'y', 'n'] }, 'n'],
    ['AWS::NoValue in a list', ['a', ref('AWS::NoValue'), 'b'], ['a', 'b']],
  ])('%s', (_, value, expected) => {
    const Conditions = {
      Yes: { 'Fn::Equals': [ref('AWS::Region'), 'us-east-1'] },
      No: { 'Fn::Not': [{ Condition: 'Yes' }] },
      Both: { 'Fn::And': [{ Condition: 'Yes' }, { 'Fn::Or': [{ Condition: 'No' }, { 'Fn::Equals': ['a', 'b'] }] }] },
    };
    expect(
      resolved(value, { Conditions, Parameters: { Parameter: { Type: 'String', Default: 'its default' } } }),
    ).toEqual(expected);
  });

  test.each([
    ['one that is not known', { 'Fn::Cidr': ['10.0.0.0/16', 1, 1] }, 'Subject: the local cloud does not know Fn::Cidr'],
    ['a name that is none', ref('Nothing'), 'Subject: Ref Nothing names nothing in this template'],
    [
      'an attribute that is none',
      { 'Fn::GetAtt': ['Queue', 'Colour'] },
      'Subject: Fn::GetAtt Queue.Colour names nothing in this template',
    ],
  ])('%s stops the start', (_, value, message) => {
    expect(() => resolved(value)).toThrow(message);
  });
});

describe('a template', () => {
  test('with a type that is on no list is refused, naming the logical id', () => {
    const assembly = assemblyOf({ Resources: { Stream: { Type: 'AWS::Kinesis::Stream' } } });
    expect(() => assertSupported(assembly)).toThrow(
      'Stream (AWS::Kinesis::Stream): the local cloud does not know this type',
    );
  });

  test.each([
    [
      'a property',
      queue({ VisibilityTimout: 30 }),
      'Subject (AWS::SQS::Queue): the local cloud does not know the property VisibilityTimout',
    ],
    [
      'a property of a property',
      queue({ RedrivePolicy: { maxRecieveCount: 3 } }),
      'the property RedrivePolicy.maxRecieveCount',
    ],
    [
      'a property in a list',
      { Type: 'AWS::DynamoDB::Table', Properties: { KeySchema: [{ AttributeName: 'pk', KeyTyp: 'HASH' }] } },
      'the property KeySchema.KeyTyp',
    ],
    [
      'a property of a type that is ignored',
      { Type: 'AWS::CloudWatch::Alarm', Properties: { Treshold: 1 } },
      'the property Treshold',
    ],
    ['an attribute of the resource', { ...queue(), CreationPolicy: {} }, 'the resource attribute CreationPolicy'],
  ])('with %s that is on no list is refused', (_, declaration, message) => {
    const assembly = assemblyOf({ Resources: { Subject: declaration, Fine: queue() } });
    expect(() => assertSupported(assembly)).toThrow(message);
  });

  test('is not judged by resources that its conditions leave out', () => {
    const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
    const assembly = assemblyOf({
      Resources: { Stream: { Type: 'AWS::Kinesis::Stream', Condition: 'Never' } },
      Conditions,
    });
    expect(() => assertSupported(assembly)).not.toThrow();
  });
});
