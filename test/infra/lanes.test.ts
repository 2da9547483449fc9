import { describe, expect, it } from 'vitest';
import { bulkShare, lanesOf } from '../../infra/lanes.ts';
import { type Delivery, direct, queue } from '../../shared/core/job.ts';

const job = (maxTasks: number, ...deliveries: Delivery[]) => ({
  name: 'toy',
  deadlineMs: 1_000,
  maxTasks,
  leaves: Object.fromEntries(
    deliveries.map((delivery, index) => [
      `leaf-${index}`,
      { memoryMb: 128, timeoutMs: 1_000, delivery, checksRequest: false },
    ]),
  ),
});
const SHARE = 100;
const large = (delivery: Delivery) => lanesOf(job(2_501), delivery, SHARE);
const small = (delivery: Delivery) => lanesOf(job(2_500), delivery, SHARE);
const most = (maxConcurrency: number) => ({ maxConcurrency });

describe('lanes', () => {
  it('of a job of one shard at most are the one that its leaf chose', () => {
    expect(small(direct())).toEqual({});
    expect(small(direct(most(7)))).toEqual({ reserved: 7 });
    expect(small(queue())).toEqual({ small: {} });
    expect(small(queue(most(7)))).toEqual({ small: most(7) });
  });

  it('without a maximum: small requests take what there is, the bulk queue its share', () => {
    expect(large(direct())).toEqual({ bulk: most(SHARE) });
    expect(large(queue())).toEqual({ small: {}, bulk: most(SHARE) });
  });

  it.each([
    [4, 2, 2],
    [5, 3, 2],
    [20, 10, 10],
    [1_000, 500, 500],
  ])(
    'with a maximum of %i a queue leaf has %i for small requests and %i for bulk, and no more together',
    (all, forSmall, forBulk) => {
      expect(large(queue(most(all)))).toEqual({ small: most(forSmall), bulk: most(forBulk) });
      expect(forSmall + forBulk).toBe(all);
    },
  );

  it.each([2, 3])('with a maximum of %i, below the least of two mappings, are one', (all) => {
    expect(large(queue(most(all)))).toEqual({ small: most(all), bulk: 'shared' });
  });

  it.each([
    [1, 2],
    [3, 2],
    [4, 2],
    [9, 4],
    [1_000, 500],
  ])('with a maximum of %i a direct leaf has that reserved, and %i at most for bulk', (all, forBulk) => {
    expect(large(direct(most(all)))).toEqual({ reserved: all, bulk: most(forBulk) });
  });
});

describe('the share of a bulk queue', () => {
  it('is even among leaves that have one and name no maximum', () => {
    expect(
      bulkShare([job(2_501, direct(), queue()), job(9_999, direct(most(5)), direct()), job(5, direct())], 400),
    ).toBe(133);
  });

  it('is what a mapping can have', () => {
    const leaves = Array.from({ length: 300 }, () => direct());
    expect(bulkShare([job(2_501, ...leaves)], 400)).toBe(2);
    expect(bulkShare([job(2_501, direct())], 5_000)).toBe(1_000);
    expect(bulkShare([], 400)).toBe(400);
  });
});
