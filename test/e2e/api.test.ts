/** The HTTP API: submitting, waiting, polling, paging; each answer in the shape the API's own schemas give. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { acceptedSchema, jobsSchema, requestSchema, resultsSchema } from '../../shared/http/schemas.ts';
import { ask, awaitAnswer, call, submit } from '../support/api.ts';

describe('submitting', () => {
  it('is accepted at once with where and when to ask', async () => {
    const { status, headers, body } = await submit('calibrate', { tasks: 3, leafMs: 500 });
    expect(status).toBe(202);
    expect(acceptedSchema.parse(body).status).toBe('running');
    expect(headers.get('location')).toBe(`/v1/requests/${body.requestId}`);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(requestSchema.parse((await awaitAnswer(body.requestId)).body).status).toBe('complete');
  });

  it('answers in the same call when the caller prefers to wait', async () => {
    const { status, headers, body } = await ask('calibrate', { tasks: 3 });
    expect(status).toBe(200);
    expect(headers.get('preference-applied')).toBe('wait=25');
    expect(requestSchema.parse(body).status).toBe('complete');
  });

  it('is one request under one idempotency key, however often it is sent', async () => {
    const key = { 'idempotency-key': crypto.randomUUID() };
    const answers = await Promise.all([1, 2, 3, 4].map(() => submit('calibrate', { tasks: 7 }, '', key)));
    expect(new Set(answers.map(({ body }) => body.requestId)).size).toBe(1);
    const later = await ask('calibrate', { tasks: 7 }, '', key);
    expect(later.body.requestId).toBe(answers[0]?.body.requestId);
    expect(later.body.aggregate).toMatchObject({ tasks: 7 });
    const other = await submit('calibrate', { tasks: 8 }, '', key);
    expect(other).toMatchObject({ status: 422, body: { code: 'key-reused' } });
  });
});

describe('asking for a request', () => {
  it('has a strong tag once closed, and is not sent again to who has it', async () => {
    const { body } = await ask('calibrate', { tasks: 3 });
    const path = `/v1/requests/${body.requestId}`;
    const first = await call(path);
    const tag = first.headers.get('etag') ?? '';
    expect(first.body).toEqual(body);
    expect(tag).toMatch(/^"/);
    expect((await call(path, { headers: { 'if-none-match': tag } })).status).toBe(304);
  });

  it('tells how far it is while it runs, and what is folded so far if asked', async () => {
    const { body } = await submit('calibrate', { tasks: 11, stragglers: 1, stragglerMs: 30_000 }, '?deadlineMs=5000');
    const path = `/v1/requests/${body.requestId}`;
    const running = requestSchema.parse((await call(path)).body);
    expect(running).toMatchObject({ status: 'running', completionReason: null, version: 0, closedAt: null });
    const partial = requestSchema.parse((await call(`${path}?partial=true`)).body);
    expect(partial.tasks.succeeded + partial.tasks.failed + partial.tasks.missing).toBe(11);
    await call(path, { method: 'DELETE' });
  });
});

describe('the results of a request', () => {
  it('come in task order, a page at a time, every task once', async () => {
    const { body } = await ask('calibrate', { tasks: 25, failing: 2, resultBytes: 10 });
    const seen: number[] = [];
    let next: string | undefined = `/v1/requests/${body.requestId}/results?limit=10`;
    let pages = 0;
    for (; next; pages++) {
      const page = resultsSchema.parse((await call(next)).body);
      seen.push(...page.results.map(({ taskIndex }) => taskIndex));
      next = page.links.next;
    }
    expect(pages).toBe(3);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => index));
  });
});

describe('what the API says of itself', () => {
  it('is alive', async () => expect((await call('/health')).body).toMatchObject({ status: 'ok' }));

  it('lists the jobs of this deployment', async () => {
    const { jobs } = jobsSchema.parse((await call('/v1/jobs')).body);
    expect(jobs.map(({ job }) => job)).toEqual(
      expect.arrayContaining(['calibrate', 'direct-trains', 'prime-count', 'quote']),
    );
  });

  it('is described by a valid OpenAPI 3.1 document', async () => {
    const { body } = await call('/openapi.json');
    const { valid, errors } = await new Validator().validate(body as unknown as Record<string, unknown>);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });
});
