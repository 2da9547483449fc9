/** What a mark at a shard of a larger request asks for: the aggregator marks and says so; nothing is folded here. */
import { expect, test } from 'vitest';
import { type Aggregating, aggregate } from '../../functions/aggregator/aggregate.ts';
import type { ResultsEnvelope, TaskResult } from '../../shared/core/envelope.ts';
import { aFailure, aHeader, aSuccess } from '../support/builders.ts';
import { aWorkshop, registered } from '../support/workshop.ts';

/** A request of five shards of four tasks; two shards may be under way. */
async function aRequest() {
  const workshop = aWorkshop();
  const { store, clock } = workshop;
  await registered(store, { expected: 20, shardSize: 4 });
  const envelope = (results: readonly TaskResult[], changes: Partial<ResultsEnvelope> = {}): ResultsEnvelope => ({
    ...{ ...aHeader({ expected: 20, shardSize: 4, hops: 3, traceparent: 'trace' }), results },
    ...changes,
  });
  const report = (results: readonly TaskResult[], through: Partial<Aggregating> = {}) =>
    aggregate({ ...workshop, ...through }, [envelope(results)]);
  const tally = (shard: number) => store.readTally({ requestId: 'request', place: shard });
  const readHead = () => store.readHead('request', clock.now());
  return { ...workshop, workshop, envelope, report, tally, readHead };
}

const killed = () => Promise.reject(new Error('killed'));
const successes = (...indexes: number[]): TaskResult[] => indexes.map((index) => aSuccess(index));

test('a full shard is marked, and somebody is told to look at it, with the counts of the mark', async () => {
  const { report, shards, tally, readHead, store } = await aRequest();
  await report(successes(4, 5, 6));
  expect(shards.waiting).toEqual([]);
  await report([aFailure(7)]);
  expect(shards.waiting).toEqual([{ requestId: 'request', shard: 1, seen: { arrived: 4, failed: 1 } }]);
  expect(await tally(1)).toMatchObject({ arrived: 4, failed: 1 });
  expect((await tally(1))?.sealedAt).toBeUndefined();
  expect(store.inspect('request').folds.size).toBe(0);
  expect(await readHead()).toMatchObject({ state: 'open', arrived: 0 });
});

test('one batch marks each of its shards once', async () => {
  const { report, tally } = await aRequest();
  await report(successes(0, 9, 1, 8));
  expect([(await tally(0))?.arrived, (await tally(1))?.arrived, (await tally(2))?.arrived]).toEqual([2, 0, 2]);
});

test('half of a shard sends the range that waits for it, once', async () => {
  const { report, ranges, tally } = await aRequest();
  await report(successes(0));
  expect(ranges.waiting).toEqual([]);
  await report(successes(1));
  expect(ranges.take()).toEqual([{ requestId: 'request', shard: 2, hops: 3, traceparent: 'trace' }]);
  expect(await tally(0)).toMatchObject({ releasedAt: 1_000 });
  await report(successes(2));
  expect(ranges.waiting).toEqual([]);
});

test('no range waits for the last shards', async () => {
  const { report, ranges } = await aRequest();
  await report(successes(12, 13, 14, 15, 16, 17, 18, 19));
  expect(ranges.waiting).toEqual([]);
});

test('a range is sent before anybody is told to look: who dies in between is called again while the shard is open', async () => {
  const { report, ranges, shards } = await aRequest();
  await expect(report(successes(0, 1, 2, 3), { ranges: { send: killed } })).rejects.toThrow('killed');
  expect(shards.waiting).toEqual([]);
  await report(successes(0, 1, 2, 3));
  expect(ranges.waiting.map(({ shard }) => shard)).toEqual([2]);
  expect(shards.waiting).toHaveLength(1);
});

test('a mark that is refused by a sealed shard has it folded, until it is', async () => {
  const { report, shards, store, telemetry } = await aRequest();
  await store.sealShard({ requestId: 'request', place: 0 }, 1_000);
  await report(successes(0));
  expect(shards.take()).toEqual([{ requestId: 'request', shard: 0, seen: { arrived: 0, failed: 0 } }]);
  await store.tellFolded('request', 0, { arrived: 0, failed: 0 });
  await report(successes(0));
  expect(shards.waiting).toEqual([]);
  expect(telemetry.counted('ResultsLate')).toBe(2);
});

test('a mark that is refused while the request is closing carries the close on', async () => {
  const { report, shards, store, clock } = await aRequest();
  await store.sealShard({ requestId: 'request', place: 0 }, 1_000);
  await store.beginClosing({ requestId: 'request', reason: 'cancelled', at: 1_000, unscattered: true });
  await report(successes(0));
  expect(shards.take()).toEqual([]);
  clock.passTo(4_000);
  await report(successes(0));
  expect(shards.take()).toHaveLength(5);
  await report(successes(0));
  expect(shards.take()).toEqual([]);
});

test('a result with another token changes nothing, and asks for nothing', async () => {
  const { workshop, envelope, tally, shards, ranges, telemetry } = await aRequest();
  await aggregate(workshop, [envelope(successes(0, 1, 2, 3), { resultsToken: 'guess' })]);
  expect(await tally(0)).toMatchObject({ arrived: 0 });
  expect([shards.waiting, ranges.waiting]).toEqual([[], []]);
  expect(telemetry.counted('ResultsRefused')).toBe(4);
});

test('a task that is tried again goes home by the lane of its request', async () => {
  const { report, publisher } = await aRequest();
  const error = { cause: 'leaf-error', message: 'no', retryable: true };
  await report([aFailure(5, { error, payload: 'again' })]);
  expect(publisher.published).toMatchObject([{ replyTo: 'bulk-results', attempt: 2, tasks: [{ taskIndex: 5 }] }]);
});
