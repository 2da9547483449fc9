/** What an environment of the aggregator has marked itself, and folds without reading it. */
import { describe, expect, it } from 'vitest';
import { aggregate } from '../../functions/aggregator/aggregate.ts';
import type { ResultsEnvelope, TaskResult } from '../../shared/core/envelope.ts';
import { headAddress } from '../../shared/core/gathering.ts';
import { written } from '../../shared/core/membership.ts';
import { createOwnChunks } from '../../shared/core/own-chunks.ts';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import { readAnswer } from '../../shared/gathering/read-answer.ts';
import { aChunk, aFailure, aHeader, aSuccess } from '../support/builders.ts';
import { aWorkshop, registered } from '../support/workshop.ts';

const SHAPE = { expected: 12, shardSize: 12 };
const HEAD = headAddress('request');
const successes = (from: number, to: number): TaskResult[] =>
  Array.from({ length: to - from }, (_, offset) => aSuccess(from + offset));

/** A request, and environments of the aggregator that take in its results; what the store was asked for. */
async function aRequest(shape = SHAPE) {
  const workshop = aWorkshop();
  const { store } = workshop;
  await registered(store, shape);
  const asked: string[] = [];
  const watched = new Proxy(store, {
    get(target, name: keyof GatheringStore) {
      asked.push(name);
      return Reflect.get(target, name);
    },
  });
  const environment = (changes: Partial<GatheringStore> = {}) => {
    const its = { ...workshop, ownChunks: createOwnChunks() };
    return (results: readonly TaskResult[], header: Partial<ResultsEnvelope> = {}, now = changes) => {
      const through = Object.keys(now).length > 0 ? { ...store, ...now } : watched;
      return aggregate({ ...its, store: through }, [{ ...aHeader(shape), ...header, results }]);
    };
  };
  const answer = async () => {
    const head = await store.readHead('request', 1_000);
    return head && head.state === 'closed' ? readAnswer(workshop, head) : head?.state;
  };
  return { store, environment, answer, reads: () => asked.splice(0).filter((name) => name === 'readChunks').length };
}

describe('a request that one environment has marked', () => {
  it('is folded from its memory, to what reading would give', async () => {
    const { environment, answer, reads } = await aRequest();
    const take = environment();
    await take([...successes(0, 5), aSuccess(5), aFailure(6)]);
    await take([aSuccess(6, { attempt: 2 }), aSuccess(0, { attempt: 2, value: 'another' })]);
    await take(successes(7, 12));
    expect(reads()).toBe(0);
    const aggregate = successes(0, 12).map(({ taskIndex }) => taskIndex);
    expect(await answer()).toMatchObject({ status: 'complete', completionReason: 'all-succeeded', aggregate });
  });

  it('is looked at without reading, and read once it closes with less than all', async () => {
    const { environment, answer, reads } = await aRequest();
    const take = environment();
    await take(successes(0, 11));
    await take([aSuccess(0, { attempt: 2 })]);
    expect(reads()).toBe(0);
    await take([aFailure(11)]);
    expect(reads()).toBe(1);
    expect(await answer()).toMatchObject({ completionReason: 'all-answered', tasks: { succeeded: 11, failed: 1 } });
  });

  it('is folded from its memory and its head, where some results lie there and some beside', async () => {
    const { store, environment, answer, reads } = await aRequest({ expected: 4, shardSize: 4 });
    const take = environment();
    await take(successes(0, 2));
    await take([aSuccess(2, { value: 'x'.repeat(500) })]);
    expect(await store.readHead('request', 1_000)).toMatchObject({ chunks: [expect.anything()], beside: 1 });
    await take([aSuccess(3)]);
    expect(reads()).toBe(0);
    expect(await answer()).toMatchObject({ status: 'complete', aggregate: [0, 1, 'x'.repeat(500), 3] });
  });

  it('has what somebody put and never marked neither in nor among its results', async () => {
    const { store, environment, answer } = await aRequest();
    const left = aChunk('a', aSuccess(0, { value: 'left' }));
    await store.putChunk(HEAD, 'token', written(left), 2_000_000_000);
    const take = environment();
    await take(successes(0, 6));
    await take(successes(6, 12));
    expect(await answer()).toMatchObject({ aggregate: successes(0, 12).map(({ taskIndex }) => taskIndex) });
    expect(await answer()).toMatchObject({ membership: { chunks: expect.not.arrayContaining(['a']) } });
  });
});

describe('a request is read', () => {
  it.each([
    ['first', 0],
    ['between', 1],
    ['last but one', 2],
  ])('of which another environment made the mark that came %s', async (_, turn) => {
    const { environment, answer, reads } = await aRequest();
    const [take, other] = [environment(), environment()];
    const parts = [successes(0, 3), successes(3, 6), successes(6, 9)];
    for (const [index, part] of parts.entries()) await (index === turn ? other : take)(part);
    await take(successes(9, 12));
    expect(reads()).toBe(1);
    expect(await answer()).toMatchObject({ tasks: { succeeded: 12 } });
  });

  it('of which a mark was made whose answer never came', async () => {
    const { store, environment, answer, reads } = await aRequest();
    const take = environment();
    await take(successes(0, 6));
    const mark: GatheringStore['mark'] = async (...marked) => {
      await store.mark(...marked);
      throw new Error('no answer');
    };
    await expect(take([aSuccess(6)], {}, { mark })).rejects.toThrow('no answer');
    await take(successes(6, 12));
    expect(reads()).toBe(1);
    expect(await answer()).toMatchObject({ tasks: { succeeded: 12 } });
  });

  it('of which a mark was made twice', async () => {
    const { store, environment, answer, reads } = await aRequest();
    const take = environment();
    const mark: GatheringStore['mark'] = async (...marked) => {
      await store.mark(...marked);
      return store.mark(...marked);
    };
    await take(successes(0, 6), {}, { mark });
    await take(successes(6, 12));
    expect(reads()).toBe(1);
    expect(await answer()).toMatchObject({ tasks: { succeeded: 12 } });
  });
});

it('what came under another token is refused, not remembered, and costs the request nothing', async () => {
  const { environment, answer, reads } = await aRequest();
  const take = environment();
  await take(successes(0, 6));
  await take([aSuccess(6, { value: 'forged' })], { resultsToken: 'guess' });
  await take(successes(6, 12));
  expect(reads()).toBe(0);
  expect(await answer()).toMatchObject({ aggregate: successes(0, 12).map(({ taskIndex }) => taskIndex) });
});

describe('a memory', () => {
  const chunk = (name: string, value: unknown = name) => written(aChunk(name, aSuccess(0, { value })));
  const names = (known: ReturnType<ReturnType<typeof createOwnChunks>['all']>) => known?.map(({ chunkId }) => chunkId);

  it('knows all marks up to the last one that followed another, and no more', () => {
    const own = createOwnChunks();
    own.note('r', 1, [chunk('a'), chunk('b')]);
    own.note('r', 2, [chunk('c')]);
    expect(names(own.all('r', 2))).toEqual(['a', 'b', 'c']);
    expect(names(own.all('r', 1))).toEqual(['a', 'b', 'c']);
    expect(own.all('r', 3)).toBeUndefined();
    expect(own.all('other', 0)).toBeUndefined();
  });

  it('knows nothing any more once it has missed a mark', () => {
    const own = createOwnChunks();
    own.note('r', 1, [chunk('a')]);
    for (const nth of [3, 4]) own.note('r', nth, [chunk('b')]);
    for (const marks of [1, 2, 3, 4]) expect(own.all('r', marks)).toBeUndefined();
  });

  it('gives each who asks values of their own, as reading would', () => {
    const own = createOwnChunks();
    own.note('r', 1, [chunk('a', { list: [1], zero: -0 })]);
    const [first, second] = [own.all('r', 1), own.all('r', 1)];
    expect(first).toEqual(second);
    expect(first?.[0]?.results[0]).toMatchObject({ value: { list: [1], zero: 0 } });
    expect(first?.[0]?.results[0]).not.toBe(second?.[0]?.results[0]);
  });

  it('forgets what it is told to', () => {
    const own = createOwnChunks();
    own.note('r', 1, [chunk('a')]);
    own.forget('r');
    expect(own.all('r', 1)).toBeUndefined();
  });

  it('is bounded: whatever was noted last stays, and what is too large for it is not remembered', () => {
    const { length } = chunk('a').json;
    const own = createOwnChunks(3 * length);
    for (const request of ['one', 'two', 'three']) own.note(request, 1, [chunk('a')]);
    own.note('one', 2, [chunk('b')]);
    expect(['one', 'two', 'three'].map((request) => names(own.all(request, 1)))).toEqual([
      ['a', 'b'],
      undefined,
      ['a'],
    ]);
    own.note('four', 1, [chunk('a', 'x'.repeat(3 * length))]);
    expect(own.all('four', 1)).toBeUndefined();
    expect(names(own.all('three', 1))).toEqual(['a']);
    own.note('five', 1, [chunk('a'), chunk('b'), chunk('c')]);
    expect(names(own.all('five', 1))).toEqual(['a', 'b', 'c']);
    expect(['one', 'three'].map((request) => own.all(request, 1))).toEqual([undefined, undefined]);
  });
});
