/** The law of the look, one race at a time: what others do while somebody looks must not lose the last mark its look. */
import { expect, test } from 'vitest';
import { aggregate } from '../../functions/aggregator/aggregate.ts';
import { all } from '../../shared/core/completion.ts';
import type { TaskResult } from '../../shared/core/envelope.ts';
import { emptyTally, type Head } from '../../shared/core/gathering.ts';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import { aFailure, aHeader, aSuccess } from '../support/builders.ts';
import { aWorkshop, closersTake, registered } from '../support/workshop.ts';

/**
 * A request in the middle of its gathering; `report` brings results, one batch a call, and has a closer do what follows
 * for a larger request: a closer that dies is not called again.
 */
async function aGathering(changes: Partial<Head>) {
  const workshop = aWorkshop();
  const { store, shards } = workshop;
  const { requestId, expected, shardSize } = await registered(store, changes);
  const report = async (results: readonly TaskResult[], through: GatheringStore = store): Promise<void> => {
    const working = { ...workshop, store: through };
    await aggregate(working, [{ ...aHeader({ expected, shardSize }), results }]);
    await closersTake(working, shards);
  };
  return { store, report, state: async () => (await store.readHead(requestId, 1_000))?.state };
}

/** The store, where `meanwhile` happens between what the next look reads and what it writes. */
function interrupted(store: GatheringStore, meanwhile: () => Promise<void>): GatheringStore {
  let interruption: (() => Promise<void>) | undefined = meanwhile;
  return {
    ...store,
    async postponeLook(...look) {
      const happens = interruption;
      interruption = undefined;
      await happens?.();
      return store.postponeLook(...look);
    },
  };
}

const successes = (from: number, to: number): TaskResult[] =>
  Array.from({ length: to - from }, (_, offset) => aSuccess(from + offset));

test.for([
  { name: 'a request that keeps its results in its head', expected: 3, shardSize: 3 },
  { name: 'a request of one shard', expected: 9, shardSize: 9 },
  { name: 'a shard of a larger request', expected: 4, shardSize: 3 },
])('$name: a look counts from its own mark, whatever was marked while it looked', async ({ expected, shardSize }) => {
  const { store, report, state } = await aGathering({ expected, shardSize });
  if (expected > 3) await report(successes(3, expected));
  await report([aSuccess(0)]);
  await report([aSuccess(0)]);
  const diesInItsLook = { ...store, postponeLook: () => Promise.reject(new Error('killed')) };
  const meanwhile = () => expect(report([aSuccess(1)], diesInItsLook)).rejects.toThrow('killed');
  await report([aSuccess(0)], interrupted(store, meanwhile));
  expect(await state()).toBe('open');
  await report([aSuccess(2)]);
  expect(await state()).toBe('closed');
});

test('a looker that lost the race for the threshold looks again where its own mark reaches the new one', async () => {
  const { store, report, state } = await aGathering({ expected: 9, shardSize: 9 });
  await report([aSuccess(0), ...successes(2, 9)]);
  const second = interrupted(store, async () => {
    await store.postponeLook({ requestId: 'request', place: 'head' }, emptyTally(all(), 9), {
      ...emptyTally(all(), 9),
      lookAt: 1,
    });
    await report([aSuccess(1)], { ...store, mark: async () => 'refused', readHead: async () => undefined });
  });
  await report([aSuccess(0)], second);
  expect(await state()).toBe('closed');
});

test('whoever is refused carries on a close that was left', async () => {
  const { store, report, state } = await aGathering({});
  await report([aSuccess(0)]);
  await store.beginClosing({ requestId: 'request', reason: 'deadline-passed', at: 1_000, unscattered: true });
  await report([aSuccess(1)]);
  expect(await state()).toBe('closed');
  expect((await store.readAnswer('request', 1))?.completionReason).toBe('deadline-passed');
});

test('whoever is refused by a folded shard has the head told, if its folder died before', async () => {
  const { store, report, state } = await aGathering({ expected: 2, shardSize: 1 });
  await report([aSuccess(0)]);
  const dies = report([aSuccess(1)], { ...store, tellFolded: () => Promise.reject(new Error('killed')) });
  await expect(dies).rejects.toThrow('killed');
  expect(await state()).toBe('open');
  await report([aSuccess(1)]);
  expect(await state()).toBe('closed');
});

test('a shard is sealed before it is read: what is marked later is refused', async () => {
  const { store, report } = await aGathering({ expected: 2, shardSize: 1 });
  const outcomes: unknown[] = [];
  const late = () => store.mark({ requestId: 'request', place: 0 }, 'token', { arrived: 1, failed: 0 });
  const watching: GatheringStore = {
    ...store,
    putFold: async (...fold) => {
      outcomes.push(await late());
      return store.putFold(...fold);
    },
  };
  await report([aSuccess(0)], watching);
  expect(outcomes).toEqual(['refused']);
});

test('a failure that may be tried again is sent again, and not marked', async () => {
  const { store, report, state } = await aGathering({ expected: 1, shardSize: 1 });
  const error = { cause: 'leaf-error', message: 'no', retryable: true };
  await report([aFailure(0, { error, payload: 1 })]);
  expect(await store.readTally({ requestId: 'request', place: 'head' })).toMatchObject({ arrived: 0 });
  await report([aFailure(0, { attempt: 2, error, payload: 1 })]);
  expect(await state()).toBe('closed');
});
