import { beforeEach, describe, expect, it } from 'vitest';
import { written } from '../../shared/core/membership.ts';
import { closeRequest } from '../../shared/gathering/close.ts';
import { type RequestView, type ResultsView, requestSchema, resultsSchema } from '../../shared/http/schemas.ts';
import { createStatusWorld, DEADLINE_AT, failed, type StatusWorld, succeeded } from '../support/status-world.ts';

const requestId = '0b54a9f3-6d1e-4c0a-9a6e-0a3f1f4f3c11';
const path = `/v1/requests/${requestId}`;

/** The same request of five tasks, in one place and spread over three. */
const SHAPES = [
  ['one shard', { expected: 5, shardSize: 5 }],
  ['three shards', { expected: 5, shardSize: 2 }],
] as const;

let world: StatusWorld;
beforeEach(() => {
  world = createStatusWorld();
});

async function describeRequest(query = '', headers = {}): Promise<RequestView> {
  const { status, body } = await world.call(`${path}${query}`, { headers });
  expect(status).toBe(200);
  return requestSchema.parse(body);
}

async function results(query = ''): Promise<ResultsView> {
  const { status, body } = await world.call(query.startsWith('/') ? query : `${path}/results${query}`);
  expect(status).toBe(200);
  return resultsSchema.parse(body);
}

describe.each(SHAPES)('a running request of %s', (_, shape) => {
  it('is told by its hints, which never exceed what is expected', async () => {
    const head = await world.accept(requestId, shape);
    for (let copy = 0; copy < 4; copy++) await world.report(head, [succeeded(0), failed(1)]);
    const { status, tasks, aggregate } = await describeRequest();
    expect({ status, aggregate }).toEqual({ status: 'running', aggregate: null });
    expect(tasks.succeeded + tasks.failed + tasks.missing).toBe(5);
  });

  it('is told exactly, and folded so far, when asked', async () => {
    const head = await world.accept(requestId, shape);
    await world.report(head, [succeeded(0, 7), failed(1)]);
    await world.report(head, [succeeded(0, 7), failed(1), succeeded(4, 30)]);
    expect(await describeRequest('?partial=true')).toMatchObject({
      status: 'running',
      tasks: { expected: 5, succeeded: 2, failed: 1, missing: 2 },
      coverage: 0.4,
      failed: [{ taskIndex: 1, label: 'task 1', cause: 'leaf-error', message: 'no 1' }],
      aggregate: { sum: 37 },
    });
    expect(world.gathering.store.inspect(requestId).head?.state).toBe('open');
  });

  it('has another tag after each mark', async () => {
    const head = await world.accept(requestId, shape);
    const before = (await world.call(path)).headers.get('etag') ?? '';
    expect((await world.call(path, { headers: { 'if-none-match': before } })).status).toBe(304);
    await world.report(head, [succeeded(3)]);
    expect((await world.call(path, { headers: { 'if-none-match': before } })).status).toBe(200);
  });

  it('links to a value that is kept outside, running and closed, and folds it', async () => {
    const head = await world.accept(requestId, shape);
    const { claims, clock } = world.gathering;
    const claim = await claims.put(requestId, '1000', head.ttlEpochSeconds);
    await world.report(head, [succeeded(0), { taskIndex: 1, attempt: 1, claim }]);
    const expiresAt = Math.floor(clock.now() / 1_000) * 1_000 + 900_000;
    const href = expect.stringContaining(`/${requestId}/${claim.sha256}?`);
    const row = { taskIndex: 1, status: 'succeeded', attempt: 1, link: { href, bytes: 4, expiresAt } };
    expect((await results()).results[1]).toEqual(row);
    await world.report(head, [succeeded(2, 1), succeeded(3, 1), succeeded(4, 1)]);
    expect((await results()).results[1]).toMatchObject({ ...row, link: { href, bytes: 4 } });
    expect(await describeRequest()).toMatchObject({ status: 'complete', aggregate: { sum: 1_004 } });
  });

  it('fails where such a value is gone, naming the task', async () => {
    const head = await world.accept(requestId, shape);
    const claim = await world.gathering.claims.put('another', '1000', head.ttlEpochSeconds);
    await world.report(
      head,
      [0, 2, 3, 4].map((index) => succeeded(index, 1)),
    );
    await world.report(head, [{ taskIndex: 1, attempt: 1, claim }]);
    expect(await describeRequest()).toMatchObject({
      ...{ status: 'failed', completionReason: 'job-error', aggregate: null },
      error: { where: 'fold', message: expect.stringContaining('task 1: there is nothing for the claim') },
    });
  });

  it('pages through what has arrived', async () => {
    const head = await world.accept(requestId, shape);
    await world.report(head, [succeeded(4), failed(1)]);
    const page = await results();
    expect(page.results.map(({ taskIndex, status }) => [taskIndex, status])).toEqual([
      [1, 'failed'],
      [4, 'succeeded'],
    ]);
    expect(page.links.next).toBeUndefined();
  });

  it('links to the requests that its tasks wait for, until they answer', async () => {
    const head = await world.accept(requestId, shape);
    const { store } = world.gathering;
    for (const taskIndex of [4, 1, 3])
      await store.putNested(requestId, { taskIndex, requestId: `nested-${taskIndex}` }, head.ttlEpochSeconds);
    expect((await results()).results).toEqual([]);
    await store.markNests(requestId);
    await world.report(head, [succeeded(0), failed(3)]);
    const rowOf = (taskIndex: number) => ({
      taskIndex,
      status: 'divided',
      request: `/v1/requests/nested-${taskIndex}`,
    });
    const page = await results('?limit=2');
    expect(page.results).toMatchObject([{ taskIndex: 0, status: 'succeeded' }, rowOf(1)]);
    const rest = await results(page.links.next);
    expect(rest.results).toMatchObject([{ taskIndex: 3, status: 'failed' }, rowOf(4)]);
    expect(rest.links.next).toBeUndefined();
    await closeRequest(world.gathering, requestId, 'cancelled');
    await world.work();
    expect((await results()).results.map(({ status }) => status)).not.toContain('divided');
  });
});

describe('a running request of many shards', () => {
  const shape = { expected: 5, shardSize: 2 };

  it('says how far it is, and one of one shard does not', async () => {
    const head = await world.accept(requestId, shape);
    expect((await describeRequest()).shards).toEqual({ total: 3, scattered: 3, folded: 0 });
    await world.report(head, [succeeded(2), failed(3)]);
    const { shards, tasks } = await describeRequest();
    expect(shards).toEqual({ total: 3, scattered: 3, folded: 1 });
    expect(tasks).toEqual({ expected: 5, succeeded: 1, failed: 1, missing: 3 });
    const other = '11111111-2222-4333-8444-555555555555';
    await world.accept(other, { expected: 2, shardSize: 2 });
    const { body } = await world.call(`/v1/requests/${other}`);
    expect(requestSchema.parse(body)).not.toHaveProperty('shards');
  });

  it('counts what is folded exactly, and what is under way by its hints', async () => {
    const head = await world.accept(requestId, shape);
    await world.report(head, [succeeded(0), succeeded(1)]);
    for (let copy = 0; copy < 3; copy++) await world.report(head, [failed(2)]);
    expect((await describeRequest()).tasks).toEqual({ expected: 5, succeeded: 2, failed: 2, missing: 1 });
    expect((await describeRequest('?partial=true')).tasks).toEqual({
      expected: 5,
      succeeded: 2,
      failed: 0,
      missing: 3,
    });
  });

  it('has another tag when a shard is published, or folded without news', async () => {
    const head = await world.accept(requestId, shape);
    const tag = async () => (await world.call(path)).headers.get('etag');
    const before = await tag();
    await world.report(head, [succeeded(0), succeeded(1)]);
    const folded = await tag();
    expect(new Set([before, folded, await tag()]).size).toBe(2);
  });

  it('is running while its shards are folded for its end, and closed by the last', async () => {
    const head = await world.accept(requestId, shape);
    await world.report(head, [succeeded(4)]);
    world.clock.passTo(DEADLINE_AT);
    expect(await describeRequest()).toMatchObject({ status: 'running', shards: { total: 3, folded: 1 } });
    expect(world.shards.waiting.map(({ shard }) => shard)).toEqual([0, 1]);
    await world.work();
    expect(await describeRequest()).toMatchObject({
      ...{ status: 'partial', completionReason: 'deadline-passed', aggregate: { sum: 1 } },
    });
  });
});

describe.each(SHAPES)('a closed request of %s', (_, shape) => {
  it('is told as it was kept', async () => {
    const head = await world.accept(requestId, shape);
    await world.report(
      head,
      [0, 1, 2, 3, 4].map((index) => succeeded(index, 10)),
    );
    expect(await describeRequest()).toMatchObject({
      ...{ status: 'complete', completionReason: 'all-succeeded', version: 1, coverage: 1, aggregate: { sum: 50 } },
      tasks: { expected: 5, succeeded: 5, failed: 0, missing: 0 },
    });
    expect((await world.call(path)).headers.get('etag')).toBe(`"${requestId}-v1"`);
  });

  it('was closed by whoever reads it after the deadline', async () => {
    const head = await world.accept(requestId, shape);
    await world.report(head, [succeeded(2)]);
    world.clock.passTo(DEADLINE_AT);
    await describeRequest();
    await world.work();
    const { status, completionReason, missing } = await describeRequest();
    expect({ status, completionReason }).toEqual({ status: 'partial', completionReason: 'deadline-passed' });
    expect(missing[0]).toEqual({ taskIndex: 0, label: 'task 0', cause: 'timed-out' });
  });

  it('has a row for every task, and none for what came late', async () => {
    const head = await world.accept(requestId, shape);
    await world.report(head, [succeeded(0), failed(3)]);
    world.clock.passTo(DEADLINE_AT);
    await describeRequest();
    await world.work();
    const late = { chunkId: 'late', results: [succeeded(1), succeeded(3)] };
    for (const place of ['head', 0, 1] as const)
      await world.gathering.store.putChunk({ requestId, place }, 'token', written(late), 90_000);
    expect(await results()).toMatchObject({
      status: 'partial',
      results: [
        { taskIndex: 0, status: 'succeeded', label: 'task 0', attempt: 1, value: 1 },
        { taskIndex: 1, status: 'missing', label: 'task 1', cause: 'timed-out' },
        { taskIndex: 2, status: 'missing', label: 'task 2', cause: 'timed-out' },
        { taskIndex: 3, status: 'failed', label: 'task 3', attempt: 2, cause: 'leaf-error', message: 'no 3' },
        { taskIndex: 4, status: 'missing', label: 'task 4', cause: 'timed-out' },
      ],
    });
  });

  it('is paged through to the end, once each', async () => {
    const head = await world.accept(requestId, shape);
    await world.report(
      head,
      [0, 1, 2, 3, 4].map((index) => succeeded(index)),
    );
    const seen: number[] = [];
    for (let next: string | undefined = '?limit=2'; next !== undefined; ) {
      const page = await results(next);
      expect(page.results.length).toBeLessThanOrEqual(2);
      seen.push(...page.results.map(({ taskIndex }) => taskIndex));
      next = page.links.next;
    }
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });
});

it('ends a page early rather than over the limit of bytes', async () => {
  const head = await world.accept(requestId, { expected: 40, shardSize: 40 });
  await world.report(
    head,
    Array.from({ length: 40 }, (_, index) => succeeded(index, '"'.repeat(90_000))),
  );
  const { body } = await world.call(`${path}/results`);
  const { results: rows, links } = resultsSchema.parse(body);
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.length).toBeLessThan(40);
  expect(JSON.stringify(JSON.stringify(body)).length).toBeLessThan(6_000_000);
  expect(links.next).toBeDefined();
});

describe('an answer that late results amend', () => {
  const shape = { expected: 5, shardSize: 5, graceMs: 10_000 };
  const late = async () => {
    const head = await world.accept(requestId, shape);
    await world.report(head, [succeeded(0, 7), failed(1)]);
    world.clock.passTo(DEADLINE_AT);
    const first = await world.call(path);
    await world.report(head, [succeeded(1, 30)]);
    await world.report(head, [succeeded(4, 500)]);
    return first;
  };

  it('is told in its newest version, under a tag of its own, and says until when more may follow', async () => {
    const first = await late();
    const tag = first.headers.get('etag') ?? '';
    const { headers, body } = await world.call(path, { headers: { 'if-none-match': tag } });
    expect([tag, headers.get('etag')]).toEqual([`"${requestId}-v1"`, `"${requestId}-v3"`]);
    expect(requestSchema.parse(body)).toMatchObject({
      ...{ version: 3, status: 'partial', completionReason: 'deadline-passed', aggregate: { sum: 537 } },
      ...{ tasks: { expected: 5, succeeded: 3, failed: 0, missing: 2 }, closedAt: DEADLINE_AT },
      ...{ amendedAt: DEADLINE_AT, amendableUntil: DEADLINE_AT + 10_000 },
    });
  });

  it('is told as it was in any version that there was, and keeps its tag', async () => {
    const first = await late();
    const again = await world.call(`${path}?version=1`);
    expect([again.body, again.headers.get('etag')]).toEqual([first.body, first.headers.get('etag')]);
    expect(await describeRequest('?version=2')).toMatchObject({ version: 2, aggregate: { sum: 37 } });
    expect(await describeRequest('?version=3')).toEqual(await describeRequest());
  });

  it.each([
    ['4', 404, { field: 'version', message: 'must be from 1 to 3', limit: 3 }],
    ['0', 400, { field: 'version', message: 'must be a whole number from 1 to 1000000', limit: 1 }],
    ['1.5', 400, { field: 'version', message: 'must be a whole number from 1 to 1000000', limit: 1_000_000 }],
  ])('has no version %s, and says which there are', async (version, status, error) => {
    await late();
    const answered = await world.call(`${path}?version=${version}`);
    expect([answered.status, answered.body]).toMatchObject([status, { errors: [error] }]);
  });

  it('has its newest results on its pages', async () => {
    await late();
    const rows = (await results()).results.map((row) => [row.status, 'value' in row ? row.value : undefined]);
    expect(rows).toEqual([
      ...[
        ['succeeded', 7],
        ['succeeded', 30],
      ],
      ...[
        ['missing', undefined],
        ['missing', undefined],
        ['succeeded', 500],
      ],
    ]);
  });
});

it('a request that runs has no version of its answer yet', async () => {
  await world.accept(requestId, { expected: 5, shardSize: 5 });
  const { status, body } = await world.call(`${path}?version=1`);
  expect([status, body]).toMatchObject([404, { code: 'unknown-version', errors: [{ field: 'version', limit: 0 }] }]);
});
