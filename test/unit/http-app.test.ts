import { describe, expect, it } from 'vitest';
import { createApp, type Operation } from '../../shared/http/app.ts';
import { ProblemError } from '../../shared/http/problem.ts';
import { problemSchema } from '../../shared/http/schemas.ts';

const warnings: Record<string, unknown>[] = [];
const telemetry = { warn: (_: string, fields: Readonly<Record<string, unknown>>) => void warnings.push({ ...fields }) };

const CALLER = { requestContext: { authorizer: { iam: { userId: 'AIDAANN' } } } };

function call(
  path: string,
  init: RequestInit = {},
  describeRequest: Operation = ({ var: { owner } }) => Response.json({ owner }),
) {
  const checkHealth: Operation = () => Response.json({ status: 'ok' });
  const app = createApp({ auth: 'iam', telemetry, operations: { describeRequest, checkHealth } });
  return app.request(`https://api.test${path}`, init, CALLER);
}

const problemOf = async (response: Response) => problemSchema.parse(await response.json());

describe('an operation', () => {
  it('knows who calls', async () => {
    expect(await (await call('/v1/requests/x')).json()).toEqual({ owner: 'AIDAANN' });
  });

  it('is refused to somebody unknown', async () => {
    const app = createApp({ auth: 'iam', telemetry, operations: { describeRequest: () => Response.json({}) } });
    const response = await app.request('https://api.test/v1/requests/x', {}, { requestContext: {} });
    expect(response.status).toBe(401);
  });

  it('is open to anybody when its route is', async () => {
    const app = createApp({ auth: 'iam', telemetry, operations: { checkHealth: () => Response.json({}) } });
    expect((await app.request('https://api.test/health')).status).toBe(200);
  });

  it('takes only the parameters of its route', async () => {
    expect((await call('/v1/requests/x?wait=1&partial=true')).status).toBe(200);
    const response = await call('/health?verbose=1');
    expect(response.status).toBe(400);
    expect((await problemOf(response)).errors).toMatchObject([{ field: 'verbose' }]);
  });

  it('answers HEAD without a body', async () => {
    const response = await call('/health', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('is not kept by caches unless it says so', async () => {
    expect((await call('/health')).headers.get('cache-control')).toBe('no-store');
    const kept = await call('/v1/requests/x', {}, () => new Response('', { headers: { 'cache-control': 'private' } }));
    expect(kept.headers.get('cache-control')).toBe('private');
  });
});

describe('what is not there', () => {
  it.each([
    '/',
    '/v1',
    '/v1/jobs/',
    '/v1/requests',
    '/v1/requests/x/',
    '/v1/requests/x/results/y',
    '/openapiXjson',
    '/v2/jobs',
  ])('is a 404 problem (%s)', async (path) => {
    const response = await call(path);
    expect(response.status).toBe(404);
    expect((await problemOf(response)).code).toBe('unknown-path');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['PUT', '/v1/requests/x', 'DELETE, GET, HEAD, OPTIONS'],
    ['POST', '/v1/requests/x', 'DELETE, GET, HEAD, OPTIONS'],
    ['GET', '/v1/jobs/direct-trains', 'OPTIONS, POST'],
    ['HEAD', '/v1/jobs/direct-trains', 'OPTIONS, POST'],
    ['POST', '/v1/jobs', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/health', 'GET, HEAD, OPTIONS'],
  ])('is a 405 problem under another method (%s %s)', async (method, path, allow) => {
    const response = await call(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
  });

  it('is told by OPTIONS', async () => {
    const response = await call('/v1/requests/x', { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe('DELETE, GET, HEAD, OPTIONS');
    expect((await call('/nowhere', { method: 'OPTIONS' })).status).toBe(404);
  });
});

describe('what goes wrong', () => {
  it('is told when it is a problem', async () => {
    const response = await call('/v1/requests/x', {}, () => {
      throw new ProblemError('unknown-request');
    });
    expect(response.status).toBe(404);
    expect((await problemOf(response)).code).toBe('unknown-request');
  });

  it('is logged, and told to nobody, when it is ours', async () => {
    const response = await call('/v1/requests/x', {}, async () => {
      throw new Error('the password is 12345');
    });
    expect(response.status).toBe(500);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const problem = await problemOf(response);
    expect(problem.code).toBe('internal-error');
    expect(JSON.stringify(problem)).not.toMatch(/password|at |\.ts/);
    expect(warnings.at(-1)).toMatchObject({ error: 'Error', reason: 'the password is 12345' });
  });
});
