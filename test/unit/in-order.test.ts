import { describe, expect, test } from 'vitest';
import { inOrder } from '../../shared/gathering/in-order.ts';

/** Items whose work ends when somebody says so. */
function byHand(count: number) {
  const ends = Array.from({ length: count }, () => Promise.withResolvers<number>());
  const begun: number[] = [];
  const each = (item: number): Promise<number> => {
    begun.push(item);
    return ends[item]?.promise ?? Promise.reject(new Error(`no item ${item}`));
  };
  return { items: ends.keys(), ends, begun, each };
}

describe('what is done in order', () => {
  test('is yielded in the order of the items, in whatever order it ends', async () => {
    const { items, ends, each } = byHand(4);
    const results = Array.fromAsync(inOrder(items, 4, each));
    for (const item of [3, 1, 0, 2]) ends[item]?.resolve(item * 10);
    expect(await results).toEqual([0, 10, 20, 30]);
  });

  test('is begun so many at a time, and no further ahead', async () => {
    const { items, ends, begun, each } = byHand(5);
    const results = inOrder(items, 2, each);
    expect(begun).toEqual([]);
    const first = results.next();
    ends[0]?.resolve(0);
    expect((await first).value).toBe(0);
    expect(begun).toEqual([0, 1]);
    const second = results.next();
    ends[1]?.resolve(1);
    await second;
    expect(begun).toEqual([0, 1, 2]);
  });

  test('stops at the first failure, whatever fails behind it', async () => {
    const { items, ends, begun, each } = byHand(6);
    const results = Array.fromAsync(inOrder(items, 3, each));
    ends[2]?.reject(new Error('later'));
    ends[1]?.reject(new Error('first'));
    ends[0]?.resolve(0);
    await expect(results).rejects.toThrow('first');
    expect(begun).not.toContain(5);
  });

  test('takes no item that nobody asks for', async () => {
    let taken = 0;
    function* endless() {
      for (;;) yield taken++;
    }
    for await (const item of inOrder(endless(), 4, async (each) => each)) if (item === 10) break;
    expect(taken).toBeLessThanOrEqual(15);
  });

  test('of nothing is nothing', async () => {
    expect(await Array.fromAsync(inOrder([], 3, async () => 1))).toEqual([]);
  });
});
