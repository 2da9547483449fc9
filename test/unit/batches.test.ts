import { describe, expect, test } from 'vitest';
import { inParallel, sendAll } from '../../shared/aws/batches.ts';
import { BatchRefusedError } from '../../shared/core/errors.ts';

async function* slowly<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe.for([
  ['a list', (items: Iterable<number>) => items],
  ['what comes in its own time', slowly<number>],
] as const)('work in parallel over %s', ([, from]) => {
  test('is done once for each item, so many at a time', async () => {
    const done: number[] = [];
    let [under, most] = [0, 0];
    await inParallel(from(numbers(20)), 3, async (item) => {
      most = Math.max(most, ++under);
      await new Promise((resolve) => setImmediate(resolve));
      under--;
      done.push(item);
    });
    expect(done.toSorted((a, b) => a - b)).toEqual(numbers(20));
    expect(most).toBe(3);
  });

  test('takes an item only when there is a hand free for it', async () => {
    let taken = 0;
    function* counted() {
      for (const item of numbers(20)) {
        taken++;
        yield item;
      }
    }
    const gate = Promise.withResolvers<void>();
    const all = inParallel(from(counted()), 4, () => gate.promise);
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBe(4);
    gate.resolve();
    await all;
    expect(taken).toBe(20);
  });

  test('stops taking at the first failure, which it throws', async () => {
    const begun: number[] = [];
    const failing = inParallel(from(numbers(100)), 2, async (item) => {
      begun.push(item);
      await Promise.resolve();
      if (item === 5) throw new Error('no five');
    });
    await expect(failing).rejects.toThrow('no five');
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun.length).toBeLessThan(10);
  });

  test('of nothing is done', async () => {
    await expect(inParallel(from([]), 3, () => Promise.reject(new Error('never')))).resolves.toBeUndefined();
  });
});

test('a failure of whoever yields the items is thrown', async () => {
  function* broken() {
    yield 1;
    throw new Error('boom');
  }
  await expect(inParallel(broken(), 2, async () => undefined)).rejects.toThrow('boom');
});

describe('a batch that is refused in part', () => {
  const entries = ['a', 'b', 'c'].map((Id) => ({ Id }));

  test('is sent again without what was accepted, after pauses', async () => {
    const sent: string[][] = [];
    const pauses: number[] = [];
    const refuse = [[{ Id: 'a' }, { Id: 'c' }], [{ Id: 'c', SenderFault: true, Code: 'KMS.ThrottlingException' }], []];
    const send = async (batch: readonly { Id: string }[]) => {
      sent.push(batch.map(({ Id }) => Id));
      return refuse.shift() ?? [];
    };
    await sendAll('SNS', entries, send, async (ms) => void pauses.push(ms));
    expect(sent).toEqual([['a', 'b', 'c'], ['a', 'c'], ['c']]);
    expect(pauses).toHaveLength(2);
  });

  test('for a fault of ours is not sent again', async () => {
    const fault = async () => [{ Id: 'b', SenderFault: true, Code: 'InvalidParameter' }];
    const sending = sendAll('SNS', entries, fault, async () => undefined);
    await expect(sending).rejects.toThrow(BatchRefusedError);
    await expect(sending).rejects.toMatchObject({ message: expect.stringContaining('InvalidParameter') });
  });

  test('for ever is given up, retryably', async () => {
    let tries = 0;
    const never = async () => {
      tries++;
      return [{ Id: 'b', Code: 'InternalError' }];
    };
    const sending = sendAll('SQS', entries, never, async () => undefined);
    await expect(sending).rejects.toMatchObject({ code: 'batch-refused', retryable: true });
    expect(tries).toBe(6);
  });
});
