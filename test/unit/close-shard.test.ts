/** Shards of a larger request: looked at, folded and told once, whoever is called, and however often. */
import { describe, expect, test } from 'vitest';
import { closeShard } from '../../functions/closer/close-shard.ts';
import { quorum } from '../../shared/core/completion.ts';
import { written } from '../../shared/core/membership.ts';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import { aChunk, aFailure, aSuccess } from '../support/builders.ts';
import { aWorkshop, closersTake, registered } from '../support/workshop.ts';

const NOTHING = { arrived: 0, failed: 0 };

/** A request of six tasks, two a shard; `mark` keeps results of a shard and counts them. */
async function aRequest(changes: Parameters<typeof registered>[1] = {}) {
  const workshop = aWorkshop();
  const { store, clock, ids } = workshop;
  const head = await registered(store, { expected: 6, shardSize: 2, scattered: new Set([0, 1, 2]), ...changes });
  const at = (shard: number) => ({ requestId: 'request', place: shard });
  const mark = async (shard: number, ...results: Parameters<typeof aChunk>[1][]) => {
    await store.putChunk(at(shard), 'token', written(aChunk(ids.chunkId(), ...results)), head.ttlEpochSeconds);
    const failed = results.filter((result) => 'error' in result).length;
    return store.mark(at(shard), 'token', { arrived: results.length, failed });
  };
  const look = (shard: number, seen = NOTHING, through: GatheringStore = store) =>
    closeShard({ ...workshop, store: through }, { requestId: 'request', shard, seen });
  const readHead = () => store.readHead('request', clock.now());
  return { ...workshop, at, mark, look, readHead };
}

const killed = () => Promise.reject(new Error('killed'));

describe('a shard of an open request', () => {
  test('is folded and told once it is full', async () => {
    const { mark, look, readHead, store, at } = await aRequest();
    await mark(1, aSuccess(2), aFailure(3));
    await look(1, { arrived: 2, failed: 1 });
    expect(await readHead()).toMatchObject({ state: 'open', arrived: 2, failed: 1, folded: new Set([1]) });
    expect(await store.readTally(at(1))).toMatchObject({ sealedAt: 1_000 });
  });

  test('is left open while tasks are missing, whatever its hint says; the next look counts from the mark that was seen', async () => {
    const { mark, look, readHead, store, at } = await aRequest();
    await mark(1, aSuccess(2));
    await mark(1, aSuccess(2));
    await look(1, { arrived: 2, failed: 0 });
    expect((await readHead())?.folded).toBeUndefined();
    expect(await store.readTally(at(1))).toMatchObject({ lookAt: 3, arrived: 2 });
  });

  test('is not read by a message that comes again once the next look lies further off', async () => {
    const { mark, look, store } = await aRequest();
    await mark(1, aSuccess(2));
    await mark(1, aSuccess(2));
    await look(1, { arrived: 2, failed: 0 });
    await look(1, { arrived: 2, failed: 0 }, { ...store, readChunks: killed });
  });

  test('is not hidden by a message that has seen more than there is', async () => {
    const { mark, look, readHead } = await aRequest();
    await mark(1, aSuccess(2));
    await look(1, { arrived: 1_000_000, failed: 0 });
    await mark(1, aSuccess(3));
    await look(1, { arrived: 2, failed: 0 });
    expect(await readHead()).toMatchObject({ folded: new Set([1]) });
  });

  test('that there is not is left alone', async () => {
    const { look, readHead } = await aRequest();
    await look(3);
    expect((await readHead())?.folded).toBeUndefined();
  });

  test('that is sealed is folded at once, for whoever sealed it has died', async () => {
    const { mark, look, readHead, store, at } = await aRequest();
    await mark(0, aSuccess(0));
    await store.sealShard(at(0), 1_000);
    await look(0);
    expect(await readHead()).toMatchObject({ state: 'open', arrived: 1, folded: new Set([0]) });
  });

  test('is told by who comes again after its folder died', async () => {
    const { mark, look, readHead, store } = await aRequest();
    await mark(0, aSuccess(0), aSuccess(1));
    const seen = { arrived: 2, failed: 0 };
    await expect(look(0, seen, { ...store, tellFolded: killed })).rejects.toThrow('killed');
    expect((await readHead())?.folded).toBeUndefined();
    await look(0, seen);
    await look(0, seen);
    expect(await readHead()).toMatchObject({ arrived: 2, folded: new Set([0]) });
  });

  test('is read once where every task has succeeded: nothing that comes can better it', async () => {
    const { mark, look, store } = await aRequest();
    const reads: number[] = [];
    const counted: GatheringStore = {
      ...store,
      async readChunks(address, token) {
        reads.push(address.place as number);
        return store.readChunks(address, token);
      },
    };
    await mark(0, aSuccess(0), aSuccess(1));
    await look(0, { arrived: 2, failed: 0 }, counted);
    await mark(1, aSuccess(2), aFailure(3));
    await look(1, { arrived: 2, failed: 1 }, counted);
    expect(reads).toEqual([0, 1, 1]);
  });

  test('where a task has failed takes the success that beats the seal', async () => {
    const { mark, look, readHead, store } = await aRequest();
    await mark(1, aSuccess(2), aFailure(3));
    const late: GatheringStore = {
      ...store,
      async sealShard(...seal) {
        await mark(1, aSuccess(3, { attempt: 2 }));
        await store.sealShard(...seal);
      },
    };
    await look(1, { arrived: 2, failed: 1 }, late);
    expect(await readHead()).toMatchObject({ arrived: 2, failed: 0, folded: new Set([1]) });
  });
});

describe('the shard that is folded last', () => {
  test('closes the request, with the answer in task order', async () => {
    const { mark, look, readHead, store } = await aRequest();
    for (const shard of [2, 0, 1]) {
      await mark(shard, aSuccess(2 * shard), aSuccess(2 * shard + 1));
      await look(shard, { arrived: 2, failed: 0 });
    }
    expect(await readHead()).toMatchObject({ state: 'closed', version: 1, arrived: 6, failed: 0 });
    const answer = await store.readAnswer('request', 1);
    expect(answer).toMatchObject({ status: 'complete', aggregate: [0, 1, 2, 3, 4, 5], tasks: { missing: 0 } });
    expect(answer).not.toHaveProperty('membership');
  });

  test('closes it when its message comes again, if its folder died after telling', async () => {
    const { mark, look, readHead, store } = await aRequest();
    for (const shard of [0, 1, 2]) await mark(shard, aSuccess(2 * shard), aSuccess(2 * shard + 1));
    for (const shard of [0, 1]) await look(shard, { arrived: 2, failed: 0 });
    const seen = { arrived: 2, failed: 0 };
    await expect(look(2, seen, { ...store, beginClosing: killed })).rejects.toThrow('killed');
    expect(await readHead()).toMatchObject({ state: 'open', arrived: 6 });
    await look(2, seen);
    expect(await readHead()).toMatchObject({ state: 'closed' });
  });

  test('finishes a close, if its folder died before the answer', async () => {
    const { mark, look, readHead, store } = await aRequest();
    for (const shard of [0, 1, 2]) await mark(shard, aSuccess(2 * shard), aSuccess(2 * shard + 1));
    for (const shard of [0, 1]) await look(shard, { arrived: 2, failed: 0 });
    const seen = { arrived: 2, failed: 0 };
    await expect(look(2, seen, { ...store, putAnswer: killed })).rejects.toThrow('killed');
    expect(await readHead()).toMatchObject({ state: 'closing' });
    await look(2, seen);
    expect(await readHead()).toMatchObject({ state: 'closed' });
  });
});

describe('a policy that is met before all is in', () => {
  test('closes although nothing else was published: the other shards are asked for, and folded as they are', async () => {
    const { mark, look, readHead, shards, store, ...gathering } = await aRequest({
      ...{ policy: quorum(2), scattered: new Set([1]), scatteredAt: undefined },
    });
    await mark(1, aSuccess(2), aSuccess(3));
    await mark(2, aSuccess(4));
    await look(1, { arrived: 2, failed: 0 });
    expect(await readHead()).toMatchObject({ state: 'closing', reason: 'quorum-reached' });
    expect(shards.waiting.map(({ shard }) => shard)).toEqual([0, 2]);
    await closersTake({ ...gathering, store, shards }, shards);
    expect(await readHead()).toMatchObject({ state: 'closed', arrived: 3, folded: new Set([0, 1, 2]) });
    expect(await store.readAnswer('request', 1)).toMatchObject({
      ...{ completionReason: 'quorum-reached', aggregate: [2, 3, 4] },
      tasks: { expected: 6, succeeded: 3, failed: 0, missing: 3 },
      missing: [{ taskIndex: 0, cause: 'not-awaited' }, { taskIndex: 1 }, { taskIndex: 5 }],
    });
  });
});

describe('a closing request', () => {
  const closing = { requestId: 'request', reason: 'deadline-passed', at: 1_000, unscattered: true } as const;

  test('has any shard folded that is asked for, full or not', async () => {
    const { mark, look, readHead, store } = await aRequest();
    await mark(0, aSuccess(0));
    await store.beginClosing(closing);
    await look(0);
    expect(await readHead()).toMatchObject({ state: 'closing', arrived: 1, folded: new Set([0]) });
    expect(await mark(0, aSuccess(1))).toBe('refused');
  });

  test('is left to others while shards are missing, and finished by who folds the last', async () => {
    const { look, readHead, store } = await aRequest();
    await store.beginClosing(closing);
    for (const shard of [1, 2]) await look(shard);
    expect(await readHead()).toMatchObject({ state: 'closing' });
    await look(0);
    expect(await readHead()).toMatchObject({ state: 'closed' });
    expect(await store.readAnswer('request', 1)).toMatchObject({
      ...{ status: 'failed', completionReason: 'deadline-passed', aggregate: null, tasks: { missing: 6 } },
    });
  });

  test('is not read without a fold that its head was told of', async () => {
    const { look, store, readHead } = await aRequest();
    await store.beginClosing(closing);
    for (const shard of [0, 1]) await look(shard);
    let told = false;
    const forgetful: GatheringStore = {
      ...store,
      async tellFolded(...tell) {
        told = true;
        return store.tellFolded(...tell);
      },
      readFold: async (address, range) => (told ? undefined : store.readFold(address, range)),
    };
    await expect(look(2, NOTHING, forgetful)).rejects.toMatchObject({ code: 'fold-missing' });
    expect(await readHead()).toMatchObject({ state: 'closing' });
  });
});

describe('nothing is done', () => {
  test('for a request that is closed, or not there, or has one shard', async () => {
    const { store, ...gathering } = aWorkshop();
    const untouched: GatheringStore = { ...store, readTally: killed, sealShard: killed, readFold: killed };
    const look = { requestId: 'request', shard: 0, seen: NOTHING };
    await closeShard({ ...gathering, store: untouched }, look);
    await registered(store);
    await closeShard({ ...gathering, store: untouched }, look);
    await closeShard({ ...gathering, store: untouched }, { ...look, requestId: 'another' });
  });
});
