/** A root's API in front of handlers that note what they are given. */
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Bodies } from '../../root/bodies.ts';
import { type HttpHandler, type Listening, listen, type Serving } from '../../root/http-server.ts';
import { createTokenCheck } from '../../root/token.ts';
import { systemClock } from '../../shared/aws/system.ts';
import type { HttpEvent, HttpResult } from '../../shared/http/serve.ts';
import { capturedTelemetry } from '../support/fakes.ts';

const OK: HttpResult = {
  ...{ statusCode: 200, headers: { 'content-type': 'application/json' }, body: '{}', isBase64Encoded: false },
};

interface Served extends Listening {
  readonly url: string;
  readonly seen: { readonly by: string; readonly event: HttpEvent }[];
}

async function serving(
  changes: Partial<Serving> = {},
  answer: () => Promise<HttpResult> = async () => OK,
): Promise<Served> {
  const seen: Served['seen'] = [];
  const noting =
    (by: string): HttpHandler =>
    (event) => {
      seen.push({ by, event });
      return answer();
    };
  const handlers = {
    distributor: noting('distributor'),
    status: noting('status'),
    intake: noting('intake'),
    rollCall: noting('rollCall'),
  };
  const common = { ailment: () => undefined, calls: 10, clock: systemClock, telemetry: capturedTelemetry() };
  const listening = await listen({ handlers, ...common, ...changes }, 0, '127.0.0.1');
  onTestFinished(() => listening.close());
  return { ...listening, seen, url: `http://127.0.0.1:${listening.port}` };
}

describe('a call', () => {
  it('goes to the function of its route, and what is no route to the one that knows every path', async () => {
    const { url, seen } = await serving();
    await fetch(`${url}/v1/jobs/x`, { method: 'POST', body: '1' });
    for (const path of ['/v1/jobs', '/v1/requests/r', '/openapi.json', '/v1/jobs/x', '/nothing'])
      await fetch(url + path);
    expect(seen.map(({ by }) => by)).toEqual(['distributor', ...Array(5).fill('status')]);
  });

  it('is handed over as API Gateway would', async () => {
    const { url, seen } = await serving();
    const headers = { 'Idempotency-Key': 'k', cookie: 'a=b', 'x-two': 'a' };
    await fetch(`${url}/v1/jobs/a%20b?deadlineMs=1&x=%41`, { method: 'POST', headers, body: '{"é":1}' });
    const { event } = seen[0] ?? expect.fail();
    expect(event).toMatchObject({
      ...{ version: '2.0', rawPath: '/v1/jobs/a b', rawQueryString: 'deadlineMs=1&x=%41' },
      ...{ headers: { 'idempotency-key': 'k' }, body: '{"é":1}', isBase64Encoded: false },
      requestContext: { http: { method: 'POST', path: '/v1/jobs/a b' } },
    });
    expect(Object.keys(event.headers)).not.toContain('cookie');
    expect('authorizer' in event.requestContext).toBe(false);
  });

  it('may have a body that is no text', async () => {
    const { url, seen } = await serving();
    await fetch(`${url}/v1/jobs/a`, { method: 'POST', body: Uint8Array.of(0xff, 0xfe) });
    expect(seen[0]?.event).toMatchObject({ body: '//4=', isBase64Encoded: true });
  });

  it('is answered with what its function answers', async () => {
    const body = Buffer.from('packed').toString('base64');
    const { url } = await serving({}, async () => ({
      ...{ statusCode: 202, headers: { location: '/x', etag: '"1"' }, body, isBase64Encoded: true },
    }));
    const response = await fetch(`${url}/v1/jobs`);
    expect([response.status, response.headers.get('location'), await response.text()]).toEqual([202, '/x', 'packed']);
    expect((await fetch(`${url}/v1/jobs`, { method: 'HEAD' })).headers.get('etag')).toBe('"1"');
  });

  it('that its function throws on is a 500 that tells nothing', async () => {
    const { url } = await serving({}, async () => {
      throw new Error('secret');
    });
    const response = await fetch(`${url}/v1/jobs`);
    expect([response.status, await response.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
  });

  it.each(['/%', '/%ff', '*'])('to the path %s is malformed', async (path) => {
    const { port } = await serving();
    const status = await new Promise((resolve, reject) => {
      httpRequest({ port, host: '127.0.0.1', path, method: 'OPTIONS' }, ({ statusCode }) => resolve(statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(400);
  });

  it('with a body beyond API Gateway’s limit is refused', async () => {
    const { url, seen } = await serving();
    const body = Buffer.alloc(10 * 1024 * 1024 + 1);
    expect((await fetch(`${url}/v1/jobs/x`, { method: 'POST', body })).status).toBe(413);
    expect(seen).toEqual([]);
  });

  it('that hangs up in the middle of its body harms nobody', async () => {
    const { url, port, seen } = await serving();
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const half = 'POST /v1/jobs/x HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf';
    await new Promise((resolve) => socket.write(half, resolve));
    socket.destroy();
    expect([(await fetch(`${url}/v1/jobs`)).status, seen.length]).toEqual([200, 1]);
  });

  it('is one too many while as many are under way as there may be', async () => {
    const first = Promise.withResolvers<HttpResult>();
    const { url, seen } = await serving({ calls: 1 }, () => first.promise);
    const answered = fetch(`${url}/v1/jobs`);
    while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = await fetch(`${url}/v1/jobs`);
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1']);
    first.resolve(OK);
    expect((await answered).status).toBe(200);
    expect((await fetch(`${url}/v1/jobs`)).status).toBe(200);
  });

  it('whose body is slow to come takes nobody’s place', async () => {
    const { url, port } = await serving({ calls: 1 });
    const slow = connect(port, '127.0.0.1');
    onTestFinished(() => void slow.destroy());
    await new Promise((resolve) => slow.once('connect', resolve));
    await new Promise((resolve) =>
      slow.write('POST /v1/jobs/x HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf', resolve),
    );
    expect((await fetch(`${url}/v1/jobs`)).status).toBe(200);
  });

  it('whose body has no room beside others’ is one too many, until they are done', async () => {
    const first = Promise.withResolvers<HttpResult>();
    const { url, seen } = await serving({ bodies: new Bodies(10) }, () => first.promise);
    const post = (body: string) => fetch(`${url}/v1/jobs/x`, { method: 'POST', body });
    const answered = post('12345678');
    while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = await post('123');
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1']);
    first.resolve(OK);
    expect((await answered).status).toBe(200);
    expect((await post('12345678')).status).toBe(200);
  });

  it('is for this host, whatever it says', async () => {
    const { port, seen } = await serving();
    await new Promise((resolve, reject) => {
      const headers = { host: 'a b@c/' };
      httpRequest({ port, host: '127.0.0.1', path: '/v1/jobs', headers }, resolve).on('error', reject).end();
    });
    expect(seen[0]?.event.requestContext.domainName).toBe('localhost');
  });

  it('under way is answered while the root stops, and no other is taken', async () => {
    const first = Promise.withResolvers<HttpResult>();
    const { url, seen, close } = await serving({}, () => first.promise);
    const answered = fetch(`${url}/v1/jobs`);
    while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = close();
    await expect(fetch(`${url}/v1/jobs`)).rejects.toThrow();
    first.resolve(OK);
    const response = await answered;
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
    await closed;
  });
});

describe('health', () => {
  it('is what the API says of itself while all is well, and 503 with the reason when not', async () => {
    let ailment: string | undefined;
    const { url, seen } = await serving({ ailment: () => ailment });
    expect((await fetch(`${url}/health`)).status).toBe(200);
    ailment = 'Stopping';
    const response = await fetch(`${url}/health`);
    expect([response.status, await response.json(), seen.length]).toEqual([503, { message: 'Stopping' }, 1]);
    expect((await fetch(`${url}/v1/jobs`)).status).toBe(200);
  });
});

describe('a bearer token', async () => {
  const AUDIENCE = 'fanfold';
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const { privateKey: anothers } = await generateKeyPair('RS256');
  const { privateKey: elliptic, publicKey: ellipticPublic } = await generateKeyPair('ES256');

  /** An issuer on loopback, as OpenID Connect Discovery has it. */
  async function issuing(keysStatus = 200): Promise<string> {
    const keys = [
      { ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' },
      { ...(await exportJWK(ellipticPublic)), kid: 'e', alg: 'ES256' },
    ];
    const server = createServer((request, response) => {
      const found = request.url?.startsWith('/.well-known/') ? { jwks_uri: `${issuer}/keys` } : { keys };
      const status = 'keys' in found ? keysStatus : 200;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(found));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return issuer;
  }

  const signed = (
    claims: JWTPayload,
    key = privateKey,
    header: { alg: string; kid: string } = { alg: 'RS256', kid: 'k' },
  ) => new SignJWT(claims).setProtectedHeader(header).sign(key);

  const IN_AN_HOUR = Math.floor(Date.now() / 1_000) + 3_600;
  const good = (iss: string): JWTPayload => ({ iss, sub: 'ann', aud: AUDIENCE, exp: IN_AN_HOUR });

  async function guarded() {
    const issuer = await issuing();
    const checkToken = createTokenCheck({ issuer, audience: AUDIENCE }, capturedTelemetry());
    const served = await serving({ checkToken });
    const statusOf = async (authorization?: string, path = '/v1/jobs') =>
      (await fetch(served.url + path, { headers: authorization === undefined ? {} : { authorization } })).status;
    return { ...served, issuer, statusOf };
  }

  it('of the issuer, for us and in force, says who calls', async () => {
    const { issuer, statusOf, seen } = await guarded();
    expect(await statusOf(`Bearer ${await signed(good(issuer))}`)).toBe(200);
    expect(seen[0]?.event.requestContext).toMatchObject({
      authorizer: { jwt: { claims: { iss: issuer, sub: 'ann' } } },
    });
    const { aud: _none, ...claims } = good(issuer);
    expect(await statusOf(await signed({ ...claims, client_id: AUDIENCE }))).toBe(200);
    expect(await statusOf(await signed({ ...claims, aud: ['x', AUDIENCE] }))).toBe(200);
  });

  it('that is anything else is nobody’s, on every route but those that are open', async () => {
    const { issuer, statusOf, seen } = await guarded();
    const claims = good(issuer);
    const { exp: _never, ...unending } = claims;
    const { aud: _nobody, ...forNobody } = claims;
    const bad = [
      ...[undefined, '', 'Bearer', 'Bearer x', 'Basic YTpi', `${await signed(claims)}x`],
      await signed(claims, anothers),
      await signed(claims, elliptic, { alg: 'ES256', kid: 'e' }),
      await signed(claims, privateKey, { alg: 'RS256', kid: 'unknown' }),
      ...[await signed({ ...claims, iss: 'https://other.example' }), await signed({ ...claims, aud: 'other' })],
      ...[await signed({ ...claims, exp: 1 }), await signed({ ...claims, nbf: IN_AN_HOUR }), await signed(unending)],
      ...[await signed(forNobody), await signed({ ...claims, aud: 'other', client_id: AUDIENCE })],
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`,
    ];
    for (const token of bad) expect([token, await statusOf(token)]).toEqual([token, 401]);
    expect([await statusOf(undefined, '/nothing'), await statusOf(undefined, '/v1/requests/r')]).toEqual([401, 401]);
    expect(seen).toEqual([]);
    expect(await statusOf(undefined, '/health')).toBe(200);
  });

  it.each(['does not answer', 'answers without keys'])(
    'cannot be judged while its issuer %s, which is no fault of the caller’s',
    async (how) => {
      const issuer = how === 'does not answer' ? 'http://127.0.0.1:1' : await issuing(503);
      const { url } = await serving({
        checkToken: createTokenCheck({ issuer, audience: AUDIENCE }, capturedTelemetry()),
      });
      const authorization = `Bearer ${await signed(good(issuer))}`;
      expect((await fetch(`${url}/v1/jobs`, { headers: { authorization } })).status).toBe(500);
    },
  );
});
