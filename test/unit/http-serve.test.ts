import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp, type Operation } from '../../shared/http/app.ts';
import { type HttpEvent, type HttpResult, serve } from '../../shared/http/serve.ts';

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** An HTTP API event of payload format 2.0, as far as it matters. */
const eventOf = ({ method = 'GET', path = '/health', query = '', headers = {}, body, isBase64Encoded = false }: Sent) =>
  ({
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: { host: 'api.test', ...headers },
    requestContext: { domainName: 'api.test', http: { method, path }, authorizer: { iam: { userId: 'AROAX:ann' } } },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded,
  }) as unknown as HttpEvent;

function send(sent: Sent, operation: Operation): Promise<HttpResult> {
  const operations = { checkHealth: operation, submitRequest: operation, describeRequest: operation };
  return serve(createApp({ auth: 'iam', telemetry: { warn: () => undefined }, operations }))(eventOf(sent));
}

const echo: Operation = async ({ req, var: { owner } }) =>
  Response.json({ owner, job: req.param('job'), body: await req.text(), key: req.header('idempotency-key') ?? 'none' });

/** The adapter says on the console what it cannot read. */
beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));

const post: Sent = { method: 'POST', path: '/v1/jobs/direct-trains' };

describe('an event', () => {
  it('reaches its operation with owner, path and body', async () => {
    const { statusCode, body } = await send({ ...post, body: '{"from":"Lòndon"}' }, echo);
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ owner: 'AROAX', job: 'direct-trains', body: '{"from":"Lòndon"}' });
  });

  it('may carry its body in base64', async () => {
    const body = Buffer.from('{"from":"Lòndon"}').toString('base64');
    const result = await send({ ...post, body, isBase64Encoded: true }, echo);
    expect(JSON.parse(result.body).body).toBe('{"from":"Lòndon"}');
  });

  it('may carry a body with GET, which is not read', async () => {
    expect((await send({ body: 'x' }, () => Response.json({}))).statusCode).toBe(200);
  });

  it.each(['TRACE', 'connect', 'PROPFIND'])('with the method %s is a 405', async (method) => {
    const { statusCode, headers } = await send({ method }, () => Response.json({}));
    expect({ statusCode, allow: headers?.allow }).toEqual({ statusCode: 405, allow: 'GET, HEAD, OPTIONS' });
  });

  it('keeps an empty header, so that it can be refused', async () => {
    const { body } = await send({ ...post, headers: { 'idempotency-key': '' } }, echo);
    expect(JSON.parse(body).key).toBe('');
  });

  it.each(['/health?wait=1', '/health#top'])('with a decoded path (%s) is not taken for another', async (path) => {
    expect((await send({ path }, () => Response.json({}))).statusCode).toBe(404);
  });

  it.each([[{ method: 'a b' }], [{ headers: { 'x-odd': 'a\u0000b' } }], [{ headers: { 'x-odd': '\ud800' } }]])(
    'that is not valid HTTP is a problem (%j)',
    async (sent) => {
      const { statusCode, headers, body } = await send(sent, () => Response.json({}));
      expect(statusCode).toBe(400);
      expect(headers?.['content-type']).toBe('application/problem+json');
      expect(JSON.parse(body).code).toBe('malformed-request');
    },
  );
});

describe('an answer', () => {
  it('of 304 has no body', async () => {
    const { statusCode, body, isBase64Encoded } = await send({}, () => new Response(null, { status: 304 }));
    expect({ statusCode, body, isBase64Encoded }).toEqual({ statusCode: 304, body: '', isBase64Encoded: false });
  });

  describe('over the limit of Lambda', () => {
    const large = JSON.stringify({ text: '"'.repeat(2_500_000) });
    const answer = () =>
      new Response(large, { headers: { 'content-type': 'application/json', 'content-location': '/r' } });

    it('goes compressed when the caller takes that', async () => {
      const { statusCode, headers, body, isBase64Encoded } = await send(
        { headers: { 'accept-encoding': 'br, gzip' } },
        answer,
      );
      expect({ statusCode, isBase64Encoded }).toEqual({ statusCode: 200, isBase64Encoded: true });
      expect(headers?.['content-encoding']).toBe('gzip');
      expect(gunzipSync(Buffer.from(body, 'base64')).toString() === large).toBe(true);
    });

    it('is a problem otherwise, which says what to do', async () => {
      const { statusCode, body } = await send({}, answer);
      expect(statusCode).toBe(406);
      expect(JSON.parse(body).detail).toBe('ask at /r with Accept-Encoding: gzip');
    });
  });
});
