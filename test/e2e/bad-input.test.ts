/** Whatever a caller gets wrong is told as a problem that names the field and the limit, and changes nothing. */
import { describe, expect, it } from 'vitest';
import { type CallOptions, call } from '../support/api.ts';

const post = (raw: string, headers: Record<string, string> = {}): CallOptions => ({ method: 'POST', raw, headers });
const json = (body: unknown, headers: Record<string, string> = {}): CallOptions => post(JSON.stringify(body), headers);

interface BadCall {
  readonly what: string;
  readonly path: string;
  readonly options?: CallOptions;
  readonly status: number;
  readonly code: string;
  readonly field?: string;
  readonly limit?: number;
}

const submitTo = '/v1/jobs/calibrate';
const nobody = '/v1/requests/00000000-0000-4000-8000-000000000000';

/** Results for a request that there is not, by a token that nobody has. */
const resultsTo = `${nobody}/results`;
const forged = { authorization: 'Bearer forged' };
const aResult = { leaf: 'load', results: [{ taskIndex: 0, attempt: 1, value: 1 }] };

const BAD_CALLS: readonly BadCall[] = [
  {
    what: 'results without a token',
    path: resultsTo,
    options: json(aResult),
    status: 401,
    code: 'no-token',
    field: 'Authorization',
  },
  {
    what: 'results of an unknown request',
    path: resultsTo,
    options: json(aResult, forged),
    status: 404,
    code: 'unknown-request',
  },
  {
    what: 'results that are none',
    path: resultsTo,
    options: json({ leaf: 'load', results: [{}] }, forged),
    status: 400,
    code: 'invalid-results',
    field: 'body',
  },
  { what: 'an unknown schema', path: '/schemas/nope', status: 404, code: 'unknown-schema' },
  { what: 'an unknown job', path: '/v1/jobs/nope', options: json({}), status: 404, code: 'unknown-job', field: 'job' },
  {
    what: 'a prototype name as a job',
    path: '/v1/jobs/__proto__',
    options: json({}),
    status: 404,
    code: 'unknown-job',
  },
  {
    what: 'malformed JSON',
    path: submitTo,
    options: post('{"tasks":'),
    status: 400,
    code: 'malformed-json',
    field: 'body',
  },
  { what: 'an empty body', path: submitTo, options: post(''), status: 400, code: 'malformed-json', field: 'body' },
  { what: 'a list for an input', path: submitTo, options: json([]), status: 400, code: 'invalid-input', field: 'body' },
  {
    what: 'a wrong type',
    path: submitTo,
    options: json({ tasks: 'ten' }),
    status: 400,
    code: 'invalid-input',
    field: 'tasks',
  },
  {
    what: 'an unknown field',
    path: submitTo,
    options: json({ tasks: 1, colour: 'red' }),
    status: 400,
    code: 'invalid-input',
    field: 'colour',
  },
  {
    what: 'a number out of range',
    path: submitTo,
    options: json({ tasks: 1_000_001 }),
    status: 400,
    code: 'invalid-input',
    field: 'tasks',
    limit: 1_000_000,
  },
  {
    what: 'a deeply nested body',
    path: submitTo,
    options: post('['.repeat(100_000) + ']'.repeat(100_000)),
    status: 400,
    code: 'invalid-input',
  },
  {
    what: 'a body over the limit',
    path: submitTo,
    options: json({ filler: 'x'.repeat(4_300_000) }),
    status: 413,
    code: 'input-too-large',
    field: 'body',
    limit: 4_194_304,
  },
  {
    what: 'a deadline too short',
    path: `${submitTo}?deadlineMs=999`,
    options: json({}),
    status: 400,
    code: 'invalid-parameter',
    field: 'deadlineMs',
    limit: 1_000,
  },
  {
    what: 'a deadline too long',
    path: `${submitTo}?deadlineMs=604800001`,
    options: json({}),
    status: 400,
    code: 'invalid-parameter',
    field: 'deadlineMs',
    limit: 604_800_000,
  },
  {
    what: 'a deadline that is no number',
    path: `${submitTo}?deadlineMs=soon`,
    options: json({}),
    status: 400,
    code: 'invalid-parameter',
    field: 'deadlineMs',
  },
  {
    what: 'an unknown completion',
    path: `${submitTo}?completion=some`,
    options: json({}),
    status: 400,
    code: 'invalid-parameter',
    field: 'completion',
  },
  {
    what: 'a quorum above the task count',
    path: `${submitTo}?completion=quorum:3`,
    options: json({ tasks: 2 }),
    status: 422,
    code: 'impossible-policy',
    field: 'completion',
    limit: 2,
  },
  {
    what: 'an unknown parameter',
    path: `${submitTo}?deadline=5`,
    options: json({}),
    status: 400,
    code: 'invalid-parameter',
    field: 'deadline',
  },
  {
    what: 'an idempotency key too long',
    path: submitTo,
    options: json({}, { 'idempotency-key': 'k'.repeat(256) }),
    status: 400,
    code: 'invalid-header',
    field: 'Idempotency-Key',
    limit: 255,
  },
  { what: 'an unknown request', path: nobody, status: 404, code: 'unknown-request' },
  { what: 'a malformed request id', path: "/v1/requests/x'%29%3B--", status: 404, code: 'unknown-request' },
  { what: "an unknown request's results", path: `${nobody}/results`, status: 404, code: 'unknown-request' },
  {
    what: 'cancelling an unknown request',
    path: nobody,
    options: { method: 'DELETE' },
    status: 404,
    code: 'unknown-request',
  },
  {
    what: 'a wait that is no number',
    path: `${nobody}?wait=long`,
    status: 400,
    code: 'invalid-parameter',
    field: 'wait',
    limit: 25,
  },
  {
    what: 'a wrong method',
    path: '/v1/jobs/calibrate',
    options: { method: 'PUT', raw: '{}' },
    status: 405,
    code: 'method-not-allowed',
  },
  {
    what: 'a wrong method on a request',
    path: nobody,
    options: { method: 'PATCH', raw: '{}' },
    status: 405,
    code: 'method-not-allowed',
  },
  { what: 'a path that is nothing', path: '/v2/jobs', status: 404, code: 'unknown-path' },
];

describe('bad input', () => {
  it.each(BAD_CALLS)('$what is $status $code', async ({ path, options, status, code, field, limit }) => {
    const answered = await call(path, options);
    expect(answered.headers.get('content-type')).toBe('application/problem+json');
    expect({ status: answered.status, code: answered.body.code }).toEqual({ status, code });
    if (field !== undefined) expect(answered.body.errors.map((error) => error.field)).toContain(field);
    if (limit !== undefined) expect(answered.body.errors.map((error) => error.limit)).toContain(limit);
    expect(JSON.stringify(answered.body)).not.toMatch(/\bat .*\.(m?js|ts):\d+|node_modules/);
  });

  it('says which methods a path takes', async () => {
    const { headers } = await call('/v1/jobs/calibrate', { method: 'PUT', raw: '{}' });
    expect(headers.get('allow')).toContain('POST');
  });

  it('tells an unknown and a malformed request id in the same words', async () => {
    const [unknown, malformed] = await Promise.all([call(nobody), call('/v1/requests/x')]);
    expect(malformed.body).toEqual(unknown.body);
  });
});

it('the schemas of envelopes are there for everybody', async () => {
  const { status, headers, body } = await call('/schemas/task');
  expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'application/schema+json' });
  expect(body).toMatchObject({ $id: 'urn:fanfold:envelope:1:task', title: 'Task envelope' });
});
