/** The folds of a larger request, summed up in task order, whichever comes first. */
import { expect, test } from 'vitest';
import { shardAddresses } from '../../shared/core/gathering.ts';
import { summarize } from '../../shared/gathering/fold-shard.ts';
import { aHead, aFold as foldOf } from '../support/builders.ts';
import { aWorkshop } from '../support/workshop.ts';

const head = aHead({ expected: 40, shardSize: 2 });

/** Shards of two tasks, of which the first has succeeded; the later a shard, the sooner it is read. */
async function aTable() {
  const workshop = aWorkshop();
  const { store } = workshop;
  for (const [shard, address] of shardAddresses(head).entries())
    await store.putFold(address, foldOf({ from: 2 * shard, size: 2 }, [2 * shard], [2 * shard]), 2_000_000_000);
  let [underWay, most] = [0, 0];
  const hasty: typeof store = {
    ...store,
    async readFold(address, range) {
      most = Math.max(most, ++underWay);
      for (let turn = Number(address.place); turn < 20; turn++) await Promise.resolve();
      const fold = await store.readFold(address, range);
      underWay--;
      return fold;
    },
  };
  return { gathering: { ...workshop, store: hasty }, mostAtOnce: () => most };
}

test('folds are joined in task order, a few of them read ahead', async () => {
  const { gathering, mostAtOnce } = await aTable();
  const evens = Array.from({ length: 20 }, (_, index) => 2 * index);
  expect(await summarize(gathering, head, shardAddresses(head))).toEqual({
    counts: { expected: 40, succeeded: 20, failed: 0, missing: 20 },
    accumulated: { value: evens },
    failures: [],
    missing: evens.map((index) => index + 1),
  });
  expect(mostAtOnce()).toBeGreaterThan(1);
  expect(mostAtOnce()).toBeLessThan(8);
});

test('some of them are summed up alone', async () => {
  const { gathering } = await aTable();
  const some = shardAddresses(head).filter((_, shard) => shard === 3 || shard === 7);
  expect(await summarize(gathering, head, some)).toMatchObject({
    counts: { expected: 4, succeeded: 2 },
    accumulated: { value: [6, 14] },
    missing: [7, 15],
  });
});

test('none of them is nothing yet', async () => {
  const { gathering } = await aTable();
  expect(await summarize(gathering, head, [])).toMatchObject({ counts: { expected: 0 }, missing: [] });
});

test('the first error of a fold is the error of all, and the counts stand', async () => {
  const { gathering } = await aTable();
  const error = { where: 'fold', message: 'boom' } as const;
  const broken: typeof gathering.store = {
    ...gathering.store,
    async readFold(address, range) {
      const fold = await gathering.store.readFold(address, range);
      return fold && address.place === 4 ? { ...fold, accumulated: { error } } : fold;
    },
  };
  expect(await summarize({ ...gathering, store: broken }, head, shardAddresses(head))).toMatchObject({
    counts: { succeeded: 20 },
    accumulated: { error },
  });
});
