/** The call that submits: whatever goes wrong after its request exists, its caller is told where it is. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Distributing } from '../../functions/distributor/distribute.ts';
import { submit } from '../../functions/distributor/submit.ts';
import { jobsByName } from '../../shared/gathering/context.ts';
import { createApp } from '../../shared/http/app.ts';
import { capturedTimers } from '../support/fakes.ts';
import { aJob } from '../support/jobs.ts';
import { aWorkshop } from '../support/workshop.ts';

function aDistributor(job = aJob({}), workshop = aWorkshop(job)) {
  const limits = {
    ownerOpenRequests: 9,
    reclaimedAt: new Map(),
    callbackHosts: [],
    whoIsPresent: async () => [],
    tasksPerShard: 100,
    shardsInFlight: 8,
  };
  const distributing: Distributing = { ...workshop, timers: capturedTimers(), replyTo: 'results', ...limits };
  return { workshop, distributing };
}

async function post(distributing: Distributing, { body = 'null', headers = {}, query = '' } = {}) {
  const { telemetry } = distributing;
  const operations = { submitRequest: (call: Parameters<typeof submit>[1]) => submit(distributing, call) };
  const app = createApp({ auth: 'none', telemetry, operations });
  return app.request(`https://api.example/v1/jobs/job${query}`, { method: 'POST', headers, body });
}

describe('a caller who waits', () => {
  it('is told where the request is, if it cannot be read any more', async () => {
    const { workshop, distributing } = aDistributor();
    const readHead = () => Promise.reject(new Error('DynamoDB throttles'));
    const response = await post(
      { ...distributing, store: { ...workshop.store, readHead } },
      { headers: { prefer: 'wait=1' } },
    );
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe('/v1/requests/request-1');
    expect(await workshop.store.readHead('request-1', 1_000)).toMatchObject({ state: 'open' });
  });
});

describe('a repeat under an idempotency key', () => {
  const headers = { 'idempotency-key': 'key' };
  const withDefaults = (deadlineMs: number, size: number) =>
    aJob({ deadlineMs, input: z.object({ from: z.string(), size: z.number().default(size) }) });

  it('is the same as long as the caller says the same, whatever the deployment makes of it by then', async () => {
    const { workshop, distributing } = aDistributor(withDefaults(20_000, 1));
    const first = await post(distributing, { headers, body: '{"from":"a"}' });
    const later = aDistributor(withDefaults(30_000, 2), { ...workshop, jobs: jobsByName([withDefaults(30_000, 2)]) });
    const repeat = await post(later.distributing, { headers, body: '{ "from": "a" }' });
    expect([first.status, repeat.status]).toEqual([202, 202]);
    expect(repeat.headers.get('location')).toBe(first.headers.get('location'));
  });

  it.each([
    ['{"from":"b"}', ''],
    ['{"from":"a"}', '?deadlineMs=20000'],
    ['{"from":"a","size":1}', ''],
  ])('is another submission where the caller says %s %s', async (body, query) => {
    const { distributing } = aDistributor(withDefaults(20_000, 1));
    await post(distributing, { headers, body: '{"from":"a"}' });
    expect((await post(distributing, { headers, body, query })).status).toBe(422);
  });
});

describe('an input that is no JSON once the schema has read it', () => {
  it.each([
    ['a Date', z.object({ since: z.coerce.date() }), '{"since":"2026-01-01"}', 'since'],
    ['Infinity', z.unknown(), '{"to":[1,1e400]}', 'to/1'],
    ['a Map', z.string().transform((text) => new Map([[text, 1]])), '"a"', 'body'],
  ])('is refused by name, since large requests could not keep %s', async (what, input, body, field) => {
    const { distributing, workshop } = aDistributor(aJob({ input }));
    const response = await post(distributing, { body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ field, message: expect.stringContaining(what) }] });
    expect(workshop.publisher.published).toEqual([]);
  });

  it('may leave members out', async () => {
    const { distributing, workshop } = aDistributor(aJob({ input: z.object({ to: z.string().optional() }) }));
    expect((await post(distributing, { body: '{}' })).status).toBe(202);
    expect(workshop.store.inspect('request-1').head?.input).toEqual({ value: {} });
  });
});
