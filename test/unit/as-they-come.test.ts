import { describe, expect, it } from 'vitest';
import { asTheyCome } from '../../functions/leaf/as-they-come.ts';
import { systemTimers } from '../../shared/aws/system.ts';

const collect = async <Value>(groups: AsyncIterable<Value[]>): Promise<Value[][]> => Array.fromAsync(groups);
const LONG = 60_000;

describe('results as they come', () => {
  it('are one group when they come together', async () => {
    const promises = [3, 1, 2].map((value) => Promise.resolve(value));
    expect(await collect(asTheyCome(promises, LONG, systemTimers))).toEqual([[3, 1, 2]]);
  });

  it('do not wait for a straggler', async () => {
    const straggler = Promise.withResolvers<string>();
    const groups = asTheyCome([Promise.resolve('quick'), straggler.promise], 1, systemTimers);
    expect((await groups.next()).value).toEqual(['quick']);
    straggler.resolve('slow');
    expect((await groups.next()).value).toEqual(['slow']);
    expect((await groups.next()).done).toBe(true);
  });

  it('that come while a group is being sent are the next group', async () => {
    const second = Promise.withResolvers<string>();
    const groups = asTheyCome([Promise.resolve('first'), second.promise], 1, systemTimers);
    await groups.next();
    second.resolve('second');
    await second.promise;
    expect(await collect(groups)).toEqual([['second']]);
  });

  it('are no group when there is nothing to wait for', async () => {
    expect(await collect(asTheyCome([], LONG, systemTimers))).toEqual([]);
  });
});
