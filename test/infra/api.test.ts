import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { environment, idOf, resources, target, toyStack, toyTemplate } from './support.ts';

const stack = toyStack();
const template = Template.fromStack(stack);
/** The kind of authorization that those are told of who ask who calls. */
const told = (from = template) => ['Distributor', 'Status', 'RollCall'].map((part) => environment(from, part).API_AUTH);
const routes = (from = template) =>
  Object.fromEntries(
    [...resources(from, 'AWS::ApiGatewayV2::Route').values()].map((route) => [
      String(route.RouteKey),
      route.AuthorizationType,
    ]),
  );
/** What tells nothing of anybody, and what brings a token of its own. */
const OPEN: ReadonlySet<string> = new Set([
  'GET /health',
  'GET /schemas/{schema}',
  'POST /v1/requests/{requestId}/results',
  'POST /v1/roll-calls/{rollCallId}/answers',
]);
const authorizations = (from = template) => {
  const all = Object.entries(routes(from));
  const kinds = (some: typeof all) => [...new Set(some.map(([, kind]) => kind))];
  return {
    open: kinds(all.filter(([route]) => OPEN.has(route))),
    others: kinds(all.filter(([route]) => !OPEN.has(route))),
  };
};

/** What does not lead to the status function. */
const FUNCTIONS: Record<string, string> = {
  'POST /v1/jobs/{job}': 'Distributor',
  'POST /v1/requests/{requestId}/results': 'Intake',
  'GET /schemas/{schema}': 'Intake',
  'POST /v1/roll-calls': 'RollCall',
  'POST /v1/roll-calls/{rollCallId}/answers': 'Intake',
  'GET /v1/roll-calls/{rollCallId}': 'RollCall',
};

describe('routes', () => {
  it('are those of the API, and a catch-all', () => {
    expect(Object.keys(routes()).sort()).toEqual([
      '$default',
      'DELETE /v1/requests/{requestId}',
      'GET /health',
      'GET /openapi.json',
      'GET /schemas/{schema}',
      'GET /v1/jobs',
      'GET /v1/requests/{requestId}',
      'GET /v1/requests/{requestId}/results',
      'GET /v1/roll-calls/{rollCallId}',
      'POST /v1/jobs/{job}',
      'POST /v1/requests/{requestId}/results',
      'POST /v1/roll-calls',
      'POST /v1/roll-calls/{rollCallId}/answers',
    ]);
  });

  it('lead submissions to the distributor, answers to the intake, roll-calls to their function, and everything else to the status function', () => {
    const integrations = resources(template, 'AWS::ApiGatewayV2::Integration');
    for (const { RouteKey, Target } of resources(template, 'AWS::ApiGatewayV2::Route').values()) {
      const [integration] = [...integrations].find(([id]) => JSON.stringify(Target).includes(id)) ?? [''];
      const expected = FUNCTIONS[String(RouteKey)] ?? 'Status';
      const { IntegrationUri, PayloadFormatVersion } = integrations.get(integration) ?? {};
      expect(target(IntegrationUri)).toBe(idOf(template, 'AWS::Lambda::Function', expected));
      expect(PayloadFormatVersion).toBe('2.0');
    }
  });

  it('are throttled and logged', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingBurstLimit: 500, ThrottlingRateLimit: 1_000 },
      AccessLogSettings: {
        DestinationArn: { 'Fn::GetAtt': [idOf(template, 'AWS::Logs::LogGroup', 'AccessLogs'), 'Arn'] },
        Format: Match.stringLikeRegexp('requestId'),
      },
    });
  });
});

describe('authorization', () => {
  it('is by signature unless said otherwise, and only what tells nothing, or brings a token of its own, goes without', () => {
    expect(authorizations()).toEqual({ open: ['NONE'], others: ['AWS_IAM'] });
    expect(told()).toEqual(['iam', 'iam', 'iam']);
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  });

  it('is by token of the issuer for the audience with auth=jwt', () => {
    const issuer = 'https://login.example.com/pool';
    const jwt = toyTemplate({ auth: 'jwt', jwtIssuer: issuer, jwtAudience: 'fanfold' });
    expect(authorizations(jwt)).toEqual({ open: ['NONE'], others: ['JWT'] });
    expect(told(jwt)).toEqual(['jwt', 'jwt', 'jwt']);
    jwt.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT',
      JwtConfiguration: { Audience: ['fanfold'], Issuer: issuer },
    });
  });

  it('is none with auth=none, which the stack warns of', () => {
    const stack = toyStack({ auth: 'none' });
    const warning = Match.stringLikeRegexp('anyone who finds the URL');
    expect(Annotations.fromStack(stack).findWarning('*', warning)).toHaveLength(1);
    const open = Template.fromStack(stack);
    expect(authorizations(open)).toEqual({ open: ['NONE'], others: ['NONE'] });
    expect(told(open)).toEqual(['none', 'none', 'none']);
  });

  it('is warned of by no other choice', () => {
    expect(Annotations.fromStack(toyStack()).findWarning('*', Match.anyValue())).toEqual([]);
  });
});
