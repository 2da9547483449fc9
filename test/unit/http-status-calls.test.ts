import { beforeEach, describe, expect, it } from 'vitest';
import { healthSchema, problemSchema, type RequestView, requestSchema } from '../../shared/http/schemas.ts';
import { createStatusWorld, DEADLINE_AT, type StatusWorld, succeeded } from '../support/status-world.ts';

const requestId = '0b54a9f3-6d1e-4c0a-9a6e-0a3f1f4f3c11';
const path = `/v1/requests/${requestId}`;

let world: StatusWorld;
beforeEach(() => {
  world = createStatusWorld();
});

async function describeRequest(query: string): Promise<RequestView> {
  const { status, body } = await world.call(`${path}${query}`);
  expect(status).toBe(200);
  return requestSchema.parse(body);
}

describe('a long poll', () => {
  it('lasts until the request closes', async () => {
    const head = await world.accept(requestId, { expected: 1, shardSize: 1 });
    const { clock } = world;
    const sleep = clock.sleep;
    let reported = false;
    clock.sleep = async (ms) => {
      await sleep(Math.ceil(ms));
      if (clock.now() < 1_003_000 || reported) return;
      reported = true;
      await world.report(head, [succeeded(0)]);
    };
    expect((await describeRequest('?wait=10')).status).toBe('complete');
    expect(clock.now()).toBeLessThan(1_004_000);
  });

  it('ends when its time is over', async () => {
    await world.accept(requestId, { expected: 1, shardSize: 1 });
    expect((await describeRequest('?wait=10')).status).toBe('running');
    expect(world.clock.now()).toBe(1_010_000);
  });

  it('that would end just before the deadline goes on until there', async () => {
    await world.accept(requestId, { expected: 1, shardSize: 1 });
    world.clock.passTo(DEADLINE_AT - 10_200);
    expect((await describeRequest('?wait=10')).completionReason).toBe('deadline-passed');
    expect(world.clock.now()).toBe(DEADLINE_AT);
  });

  it('asks again soon once somebody has begun to close, however long it took to come to that', async () => {
    const { store } = world.gathering;
    await world.accept(requestId, { expected: 2, shardSize: 2 });
    const { clock } = world;
    const { sleep } = clock;
    const pauses: number[] = [];
    clock.sleep = async (ms) => {
      await sleep(Math.ceil(ms));
      const head = await store.readHead(requestId, clock.now());
      if (head?.state === 'closing') pauses.push(ms);
      else if (clock.now() > 1_009_000)
        await store.beginClosing({ requestId, reason: 'cancelled', at: clock.now(), unscattered: true });
    };
    await describeRequest('?wait=15');
    expect(pauses[0]).toBeLessThanOrEqual(6);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(250);
  });

  it('closes at the deadline itself', async () => {
    await world.accept(requestId, { expected: 1, shardSize: 1 });
    world.clock.passTo(DEADLINE_AT - 5_000);
    expect((await describeRequest('?wait=10')).completionReason).toBe('deadline-passed');
    expect(world.clock.now()).toBe(DEADLINE_AT);
  });
});

describe('cancelling', () => {
  it('closes with what is known, and again says the same', async () => {
    const head = await world.accept(requestId, { expected: 3, shardSize: 2 });
    await world.report(head, [succeeded(2, 5)]);
    const cancelled = await world.call(path, { method: 'DELETE' });
    expect(cancelled.status).toBe(200);
    expect(requestSchema.parse(cancelled.body)).toMatchObject({
      ...{ status: 'cancelled', completionReason: 'cancelled', aggregate: { sum: 5 } },
      missing: [{ taskIndex: 0, label: 'task 0', cause: 'cancelled' }, { taskIndex: 1 }],
    });
    expect((await world.call(path, { method: 'DELETE' })).body).toEqual(cancelled.body);
    expect((await world.call(path)).body).toEqual(cancelled.body);
  });

  it('waits while the shards of a larger request are folded', async () => {
    await world.accept(requestId, { expected: 3, shardSize: 2 });
    const { body } = await world.call(path, { method: 'DELETE' });
    expect(requestSchema.parse(body)).toMatchObject({ status: 'cancelled', tasks: { missing: 3 } });
    expect(world.clock.now()).toBeGreaterThan(1_000_000);
    expect(world.clock.now()).toBeLessThan(1_001_000);
  });

  it('says after ten seconds that a larger request is still being closed', async () => {
    await world.accept(requestId, { expected: 3, shardSize: 2 });
    const asked: number[] = [];
    const { clock, shards } = world;
    clock.sleep = async (ms) => {
      clock.passTo(clock.now() + Math.ceil(ms));
      if (shards.take().length > 0) asked.push(clock.now() - 1_000_000);
    };
    const { status, body } = await world.call(path, { method: 'DELETE' });
    expect([status, requestSchema.parse(body).status]).toEqual([200, 'running']);
    expect(clock.now()).toBe(1_010_000);
    expect(asked.length).toBeLessThanOrEqual(5);
    expect(world.gathering.store.inspect(requestId).head).toMatchObject({ state: 'closing', reason: 'cancelled' });
  });

  it('leaves a closed request as it is', async () => {
    const head = await world.accept(requestId, { expected: 1, shardSize: 1 });
    await world.report(head, [succeeded(0)]);
    const { body } = await world.call(path, { method: 'DELETE' });
    expect(requestSchema.parse(body).status).toBe('complete');
  });

  it('comes too late after the deadline', async () => {
    await world.accept(requestId, { expected: 1, shardSize: 1 });
    world.clock.passTo(DEADLINE_AT);
    const { body } = await world.call(path, { method: 'DELETE' });
    expect(requestSchema.parse(body).completionReason).toBe('deadline-passed');
  });
});

describe("somebody else's request", () => {
  const unknown = '11111111-2222-4333-8444-555555555555';
  const others = [
    ['GET', ''],
    ['GET', '?wait=10&partial=true'],
    ['GET', '/results'],
    ['DELETE', ''],
  ] as const;

  it.each(others)('is the same as none and as a malformed id (%s …%s)', async (method, rest) => {
    await world.accept(requestId, { expected: 1, shardSize: 1 });
    const told = [];
    for (const id of [requestId, unknown, 'x', `${unknown}'`, 'A'.repeat(36), '%00'.repeat(30)]) {
      const { status, headers, body } = await world.call(`/v1/requests/${id}${rest}`, { method, owner: 'bob' });
      told.push({ status, headers: Object.fromEntries(headers), body: problemSchema.parse(body) });
    }
    expect(told[0]).toMatchObject({ status: 404, body: { code: 'unknown-request' } });
    for (const other of told) expect(other).toEqual(told[0]);
  });

  it.each(others)('is not even settled by asking for it (%s …%s)', async (method, rest) => {
    await world.accept(requestId, { expected: 1, shardSize: 1 });
    world.clock.passTo(DEADLINE_AT + 1_000);
    await world.call(`${path}${rest}`, { method, owner: 'bob' });
    expect(world.gathering.store.inspect(requestId).head?.state).toBe('open');
  });
});

describe('what is asked wrongly', () => {
  it.each([
    ['?wait=26', 'wait', 25],
    ['?wait=soon', 'wait', 25],
    ['?partial=yes', 'partial', undefined],
    ['?partail=true', 'partail', undefined],
    ['/results?limit=0', 'limit', 1],
    ['/results?limit=1001', 'limit', 1_000],
    ['/results?cursor=nonsense', 'cursor', undefined],
    ['/results?wait=1', 'wait', undefined],
  ])('is refused by name (%s)', async (rest, field, limit) => {
    await world.accept(requestId, { expected: 1, shardSize: 1 });
    const { status, body } = await world.call(`${path}${rest}`);
    expect(status).toBe(400);
    expect(problemSchema.parse(body).errors).toEqual([
      { field, message: expect.any(String), ...(limit ? { limit } : {}) },
    ]);
  });
});

it('answers what needs no table', async () => {
  expect(healthSchema.parse((await world.call('/health')).body)).toEqual({ status: 'ok' });
  expect((await world.call('/v1/jobs')).body).toMatchObject({ jobs: [{ job: 'sum' }] });
  expect((await world.call('/openapi.json')).body).toMatchObject({ openapi: '3.1.0' });
});
