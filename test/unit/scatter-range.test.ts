import { describe, expect, test } from 'vitest';
import { type Scattering, scatterRange } from '../../functions/scatterer/scatter-range.ts';
import type { TaskPublisher } from '../../shared/core/ports/work.ts';
import { aJob, type JobChanges } from '../support/jobs.ts';
import { aWorkshop, closersTake, registered } from '../support/workshop.ts';

const LEASE_MS = 5_000;
const split: JobChanges['split'] = (count) => Array.from({ length: Number(count) }, (_, payload) => ({ payload }));

/** A request of eight tasks, three a shard, of which nothing is published. */
async function aRequest(changes: JobChanges = {}) {
  const workshop = aWorkshop(aJob({ split, ...changes }));
  const { store, publisher } = workshop;
  const head = await registered(store, { expected: 8, shardSize: 3, scatteredAt: undefined });
  await store.putInput('request', 8, head.ttlEpochSeconds);
  const scattering: Scattering = { ...workshop, replyTo: 'bulk-results', leaseMs: LEASE_MS };
  const scatter = (shard: number, through: Partial<Scattering> = {}) =>
    scatterRange({ ...scattering, ...through }, { requestId: 'request', shard, hops: 4, traceparent: 'trace' });
  const published = () => publisher.published.flatMap(({ tasks }) => tasks.map(({ taskIndex }) => taskIndex));
  const readHead = () => store.readHead('request', workshop.clock.now());
  return { ...workshop, scatter, published, readHead };
}

/** Whoever publishes through it dies on the way. */
const dies: TaskPublisher = { publish: () => Promise.reject(new Error('killed')) };

describe('a range', () => {
  test('is published whole, and nothing beside it; its head is told', async () => {
    const { scatter, published, publisher, readHead } = await aRequest();
    expect(await scatter(1)).toBe('published');
    expect(published()).toEqual([3, 4, 5]);
    expect(publisher.published[0]).toMatchObject({
      ...{ replyTo: 'bulk-results', attempt: 1, hops: 5, traceparent: 'trace', resultsToken: 'token' },
      ...{ expected: 8, shardSize: 3, tasks: [{ taskIndex: 3, payload: 3 }] },
    });
    expect(await readHead()).toMatchObject({ state: 'open', scattered: new Set([1]) });
  });

  test('that is the last makes the request scattered', async () => {
    const { scatter, readHead, clock } = await aRequest();
    for (const shard of [2, 0]) await scatter(shard);
    expect((await readHead())?.scatteredAt).toBeUndefined();
    clock.passTo(2_000);
    await scatter(1);
    expect(await readHead()).toMatchObject({ scatteredAt: 2_000, scattered: new Set([0, 1, 2]) });
  });

  test('that somebody has is left to them, until their lease is over', async () => {
    const { scatter, published, clock } = await aRequest();
    await expect(scatter(0, { publisher: dies })).rejects.toThrow('killed');
    expect(await scatter(0)).toBe('taken');
    clock.passTo(1_000 + LEASE_MS);
    expect(await scatter(0)).toBe('taken');
    clock.passTo(1_000 + LEASE_MS + 1);
    expect(await scatter(0)).toBe('published');
    expect(published()).toEqual([0, 1, 2]);
  });

  test('that is published is not published again', async () => {
    const { scatter, published, clock } = await aRequest();
    await scatter(0);
    clock.passTo(1_000 + 2 * LEASE_MS);
    expect(await scatter(0)).toBe('known');
    expect(published()).toHaveLength(3);
  });

  test('that is the last and was told by who died then makes the request scattered when it comes again', async () => {
    const { scatter, readHead, store } = await aRequest();
    for (const shard of [0, 1]) await scatter(shard);
    const died = { ...store, markScattered: () => Promise.reject(new Error('killed')) };
    await expect(scatter(2, { store: died })).rejects.toThrow('killed');
    expect((await readHead())?.scatteredAt).toBeUndefined();
    expect(await scatter(2)).toBe('known');
    expect(await readHead()).toMatchObject({ scatteredAt: 1_000 });
  });

  test('whose telling was answered by nobody, and repeated, is the last all the same', async () => {
    const { scatter, readHead, store } = await aRequest();
    for (const shard of [0, 1]) await scatter(shard);
    const repeats: typeof store = {
      ...store,
      async tellScattered(...told) {
        await store.tellScattered(...told);
        return store.tellScattered(...told);
      },
    };
    await scatter(2, { store: repeats });
    expect(await readHead()).toMatchObject({ scatteredAt: 1_000 });
  });
});

describe('nobody wants a range', () => {
  test('of a request that is not there', async () => {
    const { scatter, publisher } = await aRequest();
    const nobody = aWorkshop();
    expect(await scatter(0, { store: nobody.store })).toBe('not-wanted');
    expect(publisher.published).toEqual([]);
  });

  test('at the deadline', async () => {
    const { scatter, clock, published } = await aRequest();
    clock.passTo(21_000);
    expect(await scatter(0)).toBe('not-wanted');
    expect(published()).toEqual([]);
  });

  test('of a request that is closing: the close is carried on', async () => {
    const { scatter, store, clock, shards, published } = await aRequest();
    await store.beginClosing({ requestId: 'request', reason: 'cancelled', at: 1_000, unscattered: true });
    clock.passTo(10_000);
    expect(await scatter(0)).toBe('not-wanted');
    expect(shards.waiting.map(({ shard }) => shard)).toEqual([0, 1, 2]);
    expect(published()).toEqual([]);
  });

  test('of a request that is closed', async () => {
    const { scatter, store, published, shards, ...gathering } = await aRequest();
    await store.beginClosing({ requestId: 'request', reason: 'cancelled', at: 1_000, unscattered: true });
    await shards.send([0, 1, 2].map((shard) => ({ requestId: 'request', shard, seen: { arrived: 0, failed: 0 } })));
    await closersTake({ ...gathering, store, shards }, shards);
    expect(await scatter(0)).toBe('not-wanted');
    expect(published()).toEqual([]);
  });
});

describe('a request fails, and says where', () => {
  test('when its split yields other tasks than it did', async () => {
    const { scatter, readHead, shards } = await aRequest({ split: () => [{ payload: 1 }] });
    expect(await scatter(1)).toBe('failed');
    expect(await readHead()).toMatchObject({ state: 'closing', reason: 'job-error', error: { where: 'split' } });
    expect(shards.waiting).toHaveLength(3);
  });

  test('when its job is another version now, or gone', async () => {
    const { scatter, readHead, published } = await aRequest({ version: 2 });
    expect(await scatter(0)).toBe('failed');
    expect(await readHead()).toMatchObject({ reason: 'job-error', error: { where: 'job' } });
    expect(published()).toEqual([]);
  });
});
