import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arnOf, type Declaration, lambda, ref, role } from './support/assembly.ts';
import { startTestCloud, type TestCloud } from './support/cloud.ts';

function route(RouteKey: string, integration: string, rest: object = { AuthorizationType: 'NONE' }): Declaration {
  const Target = { 'Fn::Join': ['', ['integrations/', ref(integration)]] };
  return { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: ref('Api'), RouteKey, Target, ...rest } };
}

function integration(target: string): Declaration {
  return {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: ref('Api'),
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: arnOf(target),
      PayloadFormatVersion: '2.0',
    },
  };
}

describe('the HTTP API', () => {
  let cloud: TestCloud;

  beforeAll(async () => {
    const Resources = {
      Role: role,
      Function: lambda(),
      Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'Api', ProtocolType: 'HTTP' } },
      Stage: {
        Type: 'AWS::ApiGatewayV2::Stage',
        Properties: { ApiId: ref('Api'), StageName: '$default', AutoDeploy: true },
      },
      Authorizer: {
        Type: 'AWS::ApiGatewayV2::Authorizer',
        Properties: {
          ApiId: ref('Api'),
          AuthorizerType: 'JWT',
          Name: 'Jwt',
          JwtConfiguration: { Audience: ['a'], Issuer: 'https://issuer' },
        },
      },
      Integration: integration('Function'),
      Items: route('GET /items/{id}', 'Integration', { AuthorizationType: 'AWS_IAM' }),
      Special: route('GET /items/special', 'Integration'),
      Rest: route('ANY /rest/{path+}', 'Integration'),
      Token: route('GET /token', 'Integration', { AuthorizationType: 'JWT', AuthorizerId: ref('Authorizer') }),
      Post: route('POST /items', 'Integration'),
    };
    const limits = { bodyBytes: 64 * 1024, integrationTimeoutMs: 2000 };
    cloud = await startTestCloud({ Resources }, { limits });
    await cloud.invoke('Function', { do: 'return', value: 'warm' });
  });
  afterAll(() => cloud.close());

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(cloud.url + path, { headers });
    return (await response.json()) as Record<string, unknown> & { requestContext: Record<string, unknown> };
  };
  const post = (
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ) => fetch(`${cloud.url}/items`, { method: 'POST', headers, body });

  test('builds the event of payload format 2.0', async () => {
    const event = await rawGet(cloud.url, '/items/a%20b?tag=x&tag=y%2Fz&empty=', {
      'X-Twice': ['1', '2'],
      cookie: 'a=1; b=2',
    });
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'GET /items/{id}',
      rawPath: '/items/a b',
      rawQueryString: 'tag=x&tag=y%2Fz&empty=',
      cookies: ['a=1', 'b=2'],
      headers: { 'x-twice': '1,2', host: cloud.url.slice('http://'.length), 'x-forwarded-proto': 'http' },
      queryStringParameters: { tag: 'x,y/z', empty: '' },
      pathParameters: { id: 'a b' },
      isBase64Encoded: false,
      requestContext: {
        accountId: '000000000000',
        apiId: 'local',
        http: { method: 'GET', path: '/items/a b', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' },
        routeKey: 'GET /items/{id}',
        stage: '$default',
        requestId: expect.any(String),
        time: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
    });
    expect(event.headers).not.toHaveProperty('cookie');
    expect(event).not.toHaveProperty('body');
  });

  test('hands text over as it is and anything else in base64', async () => {
    const bytes = Uint8Array.of(0, 255, 128);
    expect(await (await post('{"a":"é"}')).json()).toMatchObject({ body: '{"a":"é"}', isBase64Encoded: false });
    expect(await (await post('{}', { 'content-type': 'application/problem+json' })).json()).toMatchObject({
      isBase64Encoded: false,
    });
    expect(await (await post(bytes, { 'content-type': 'application/octet-stream' })).json()).toMatchObject({
      body: 'AP+A',
      isBase64Encoded: true,
    });
  });

  test('prefers the most specific route', async () => {
    expect((await get('/items/special')).routeKey).toBe('GET /items/special');
    expect(await get('/rest/a/b')).toMatchObject({ routeKey: 'ANY /rest/{path+}', pathParameters: { path: 'a/b' } });
  });

  test('calls who is not signed `local`, or what the owner header says, which the function never sees', async () => {
    expect((await get('/items/1')).requestContext.authorizer).toMatchObject({
      iam: { userId: 'local', accountId: '000000000000', cognitoIdentity: null },
    });
    const other = await get('/items/1', { 'X-Fanfold-Owner': 'somebody' });
    expect(other.requestContext.authorizer).toMatchObject({
      iam: { userId: 'somebody', userArn: expect.stringMatching(/user\/somebody$/) },
    });
    expect(other.headers).not.toHaveProperty('x-fanfold-owner');
  });

  test('fills in the claims of a token, and nobody where nobody is asked', async () => {
    const { requestContext } = await get('/token', { 'x-fanfold-owner': 'somebody' });
    expect(requestContext.authorizer).toEqual({
      jwt: { claims: { iss: 'https://issuer', sub: 'somebody' }, scopes: null },
    });
    expect((await get('/items/special')).requestContext).not.toHaveProperty('authorizer');
  });

  test('answers what the function says', async () => {
    const value = {
      statusCode: 201,
      headers: { ETag: '"1"', 'content-type': 'text/x' },
      cookies: ['a=1', 'b=2'],
      body: Buffer.from('héllo').toString('base64'),
      isBase64Encoded: true,
    };
    const response = await post(JSON.stringify({ do: 'return', value }));
    expect(response.status).toBe(201);
    expect(response.headers.get('etag')).toBe('"1"');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('apigw-requestid')).toBeTruthy();
    expect(await response.text()).toBe('héllo');
  });

  test.each([
    ['throws', { do: 'throw' }],
    ['dies', { do: 'exit' }],
    ['answers with no status', { do: 'return', value: { statusCode: 'fine' } }],
  ])('answers 500 when the function %s', async (_, instruction) => {
    expect(await refusalOf(await post(JSON.stringify(instruction)))).toEqual([
      500,
      { message: 'Internal Server Error' },
    ]);
  });

  test('answers 503 when the function takes too long', async () => {
    expect(await refusalOf(await post(JSON.stringify({ do: 'hang' })))).toEqual([
      503,
      { message: 'Service Unavailable' },
    ]);
    await cloud.kill('Function');
  });

  test('answers 404 where no route leads', async () => {
    expect(await refusalOf(await fetch(`${cloud.url}/nowhere`))).toEqual([404, { message: 'Not Found' }]);
    expect(await refusalOf(await fetch(`${cloud.url}/items`, { method: 'DELETE' }))).toEqual([
      404,
      { message: 'Not Found' },
    ]);
  });

  test('answers 413 to a body over the limit', async () => {
    expect(await refusalOf(await post('x'.repeat(64 * 1024 + 1)))).toEqual([
      413,
      { message: 'Request Entity Too Large' },
    ]);
  });
});

async function refusalOf(response: Response): Promise<[number, unknown]> {
  return [response.status, await response.json()];
}

/** `fetch` joins headers and hides cookies; this sends what it is told. */
function rawGet(
  url: string,
  path: string,
  headers: Record<string, string | string[]>,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { headers }, (response) =>
      text(response).then((body) => resolve(JSON.parse(body)), reject),
    );
    sent.once('error', reject).end();
  });
}
