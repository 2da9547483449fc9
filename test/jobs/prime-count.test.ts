import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { job } from '../../jobs/prime-count/job.ts';
import { leaf } from '../../jobs/prime-count/sieve.ts';
import type { LeafContext } from '../../shared/core/job.ts';
import { checkFoldLaws, successesOf } from '../support/fold-laws.ts';
import { isPrime } from '../support/miller-rabin.ts';

/** π(10^k) for k = 1, 2, …: OEIS A006880. */
const PUBLISHED = [4, 25, 168, 1_229, 9_592, 78_498, 664_579, 5_761_455];

const context = (signal = new AbortController().signal): LeafContext => ({
  requestId: 'r',
  taskIndex: 0,
  attempt: 1,
  deadlineAt: 0,
  signal,
});

const countIn = async (from: number, to: number): Promise<number> => leaf({ from, to }, context());

/** The whole job in one process: split, the leaf for each task, fold. */
async function primesBelow(below: number, tasks?: number): Promise<number> {
  let accumulator = job.fold.empty();
  let taskIndex = 0;
  for (const { payload } of job.split({ below, tasks }))
    accumulator = job.fold.add(accumulator, { taskIndex: taskIndex++, value: await leaf(payload, context()) });
  return job.fold.finish(accumulator).count;
}

/** Counted one by one, by a test of primality that has nothing of a sieve. */
function countOneByOne(from: number, to: number): number {
  let count = 0;
  for (let candidate = from; candidate < to; candidate++) if (isPrime(candidate)) count++;
  return count;
}

describe('prime-count', () => {
  it.each(PUBLISHED.map((count, index) => [index + 1, count]))(
    'finds the published π(10^%i) = %i',
    async (k, count) => {
      expect(await primesBelow(10 ** k, Math.min(10 ** k, 7))).toBe(count);
    },
  );

  it('finds π(10^7) however it is split', async () => {
    for (const tasks of [undefined, 1, 64, 1_000]) expect(await primesBelow(10_000_000, tasks)).toBe(664_579);
  });

  it('excludes the bound itself', async () => {
    expect(await Promise.all([2, 3, 4, 5, 6, 7, 8].map((below) => primesBelow(below)))).toEqual([0, 1, 2, 2, 3, 3, 4]);
  });

  it.each([
    [0, 2_000],
    [1e6 - 1_000, 1e6 + 1_000],
    [1e10 - 5_000, 1e10],
    [1e12 - 2_000, 1e12],
    [999_983 ** 2 - 500, 999_983 ** 2 + 500],
  ])('agrees with Miller–Rabin on [%i, %i)', async (from, to) => {
    expect(await countIn(from, to)).toBe(countOneByOne(from, to));
  });

  it('agrees with Miller–Rabin on any range', async () => {
    const range = fc.tuple(fc.integer({ min: 0, max: 1e12 - 600 }), fc.integer({ min: 0, max: 600 }));
    const near = fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 600 }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(range, near), async ([from, width]) => {
        expect(await countIn(from, from + width)).toBe(countOneByOne(from, from + width));
      }),
      { numRuns: 60 },
    );
  });

  it('counts the same in one range as in two, across segments', async () => {
    const cut = fc.integer({ min: 1e10 - 1_000_000, max: 1e10 });
    const whole = await countIn(1e10 - 1_000_000, 1e10);
    // Miller–Rabin over the whole million, which takes seconds, says the same.
    expect(whole).toBe(43_453);
    await fc.assert(
      fc.asyncProperty(cut, async (at) => {
        expect((await countIn(1e10 - 1_000_000, at)) + (await countIn(at, 1e10))).toBe(whole);
      }),
      { numRuns: 10 },
    );
  });

  it('stops between two segments when told to', async () => {
    const controller = new AbortController();
    const counting = leaf({ from: 0, to: 1_000_000_000 }, context(controller.signal));
    setImmediate(() => controller.abort(new Error('the deadline has passed')));
    await expect(counting).rejects.toThrow('the deadline has passed');
  });

  it('cuts [0, below) into as many adjoining ranges as asked, equal but for one, always the same', () => {
    const inputs = fc
      .tuple(fc.integer({ min: 2, max: 1e12 }), fc.integer({ min: 1, max: 300 }))
      .map(([below, tasks]) => ({ below, tasks: Math.min(below, tasks) }));
    fc.assert(
      fc.property(inputs, (input) => {
        const ranges = [...job.split(input)].map(({ payload }) => payload);
        const widths = ranges.map(({ from, to }) => to - from);
        expect(ranges.length).toBe(input.tasks);
        expect(ranges.map(({ from }) => from)).toEqual([0, ...ranges.slice(0, -1).map(({ to }) => to)]);
        expect(ranges.at(-1)?.to).toBe(input.below);
        expect(Math.max(...widths) - Math.min(...widths)).toBeLessThanOrEqual(1);
        expect([...job.split(input)]).toEqual([...job.split(input)]);
      }),
    );
  });

  it.each([
    [2, 1],
    [10_000_000, 1],
    [10_000_001, 2],
    [1e10, 1_000],
    [1e12, 10_000],
  ])('counts below %i in %i tasks unless told otherwise', (below, tasks) => {
    expect([...job.split({ below })].length).toBe(tasks);
  });

  it.each([
    {},
    { below: 1 },
    { below: 1e12 + 1 },
    { below: 10.5 },
    { below: '100' },
    { below: 100, tasks: 0 },
    { below: 100, tasks: 1.5 },
    { below: 1e12, tasks: 1_000_001 },
    { below: 100, above: 10 },
    null,
  ])('refuses %j', (body) => {
    expect(job.input.safeParse(body).success).toBe(false);
  });

  it.each([
    [{ below: 10, tasks: 11 }, /at most 10/],
    [{ below: 1e12, tasks: 999 }, /at least 1000/],
  ])('refuses the tasks of %j, saying the limit', (body, message) => {
    const parsed = job.input.safeParse(body);
    expect(parsed).toMatchObject({
      success: false,
      error: { issues: [{ path: ['tasks'], message: expect.stringMatching(message) }] },
    });
  });

  it('accepts its own example and its largest request', () => {
    expect(job.input.safeParse(job.example).success).toBe(true);
    expect(job.input.safeParse({ below: 1e12, tasks: 1_000 }).success).toBe(true);
    expect(job.input.safeParse({ below: 1e12 }).success).toBe(true);
  });

  it('obeys the fold laws', () => {
    checkFoldLaws(job, successesOf(fc.integer({ min: 0, max: 1e9 })));
  });
});
