/** The choice depends on the set of chunks alone, and agrees with a plain telling of its rule. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFailure, type TaskResult } from '../../shared/core/envelope.ts';
import {
  type Chunk,
  choose,
  chosenBefore,
  countsOf,
  extended,
  membershipCounts,
  membershipOf,
  missingIndexes,
} from '../../shared/core/membership.ts';
import { aFailure, aSuccess } from '../support/builders.ts';
import { check } from '../support/seed.ts';

const FILE = 'test/property/membership.test.ts';
const RANGE = { from: 5, size: 9 };

const results: fc.Arbitrary<TaskResult> = fc
  .record({ taskIndex: fc.integer({ min: 3, max: 16 }), attempt: fc.integer({ min: 1, max: 3 }), fails: fc.boolean() })
  .map(({ taskIndex, attempt, fails }) =>
    fails ? aFailure(taskIndex, { attempt }) : aSuccess(taskIndex, { attempt }),
  );

const chunks: fc.Arbitrary<Chunk[]> = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 8 })
  .chain((names) =>
    fc.tuple(
      ...names.map((chunkId) =>
        fc.record({ chunkId: fc.constant(chunkId), results: fc.array(results, { maxLength: 6 }) }),
      ),
    ),
  );

const shuffled = chunks.chain((some) =>
  fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length, maxLength: some.length })),
);

test('the order of the chunks changes nothing', async () => {
  const property = fc.property(shuffled, ([some, others]) => {
    expect(choose(RANGE, others)).toEqual(choose(RANGE, some));
  });
  await check(FILE, property, 500);
});

test('a task is in when any chunk has it, and has succeeded when any chunk says so', async () => {
  const property = fc.property(chunks, (some) => {
    const inRange = some.flatMap((chunk) => chunk.results).filter(({ taskIndex }) => taskIndex >= 5 && taskIndex < 14);
    const succeeded = new Set(inRange.filter((result) => !isFailure(result)).map(({ taskIndex }) => taskIndex));
    const failed = new Set(inRange.map(({ taskIndex }) => taskIndex).filter((taskIndex) => !succeeded.has(taskIndex)));
    const { successes, failures } = choose(RANGE, some);
    expect(new Set(successes.map(({ taskIndex }) => taskIndex))).toEqual(succeeded);
    expect(new Set(failures.map(({ taskIndex }) => taskIndex))).toEqual(failed);
    expect(successes.length + failures.length).toBe(succeeded.size + failed.size);
  });
  await check(FILE, property, 500);
});

test('no result of the same kind has a lower attempt than the one chosen', async () => {
  const property = fc.property(chunks, (some) => {
    const { successes, failures } = choose(RANGE, some);
    const all = some.flatMap((chunk) => chunk.results);
    for (const chosen of [...successes, ...failures])
      for (const other of all.filter(({ taskIndex }) => taskIndex === chosen.taskIndex))
        if (isFailure(other) === isFailure(chosen)) expect(chosen.attempt).toBeLessThanOrEqual(other.attempt);
  });
  await check(FILE, property, 500);
});

test('the bitmaps say what the choice says', async () => {
  const property = fc.property(chunks, (some) => {
    const chosen = choose(RANGE, some);
    const membership = membershipOf(chosen);
    const counts = membershipCounts(RANGE.size, membership);
    expect(counts).toEqual(countsOf(chosen));
    expect([...missingIndexes(RANGE, membership)]).toHaveLength(RANGE.size - counts.succeeded - counts.failed);
  });
  await check(FILE, property, 500);
});

test('what was amended is chosen again from all chunks there are', async () => {
  const property = fc.property(chunks, chunks, fc.nat(8), (some, others, cut) => {
    const late = others.map(({ chunkId, results }) => ({ chunkId: `late ${chunkId}`, results }));
    const first = choose(RANGE, some);
    const amended = extended(extended(first, late.slice(0, cut)), late.slice(cut));
    expect(chosenBefore(RANGE, membershipOf(amended), [...late, ...some])).toEqual(amended);
    expect(amended.successes.filter(({ taskIndex }) => hasTask(first.successes, taskIndex))).toEqual(first.successes);
  });
  await check(FILE, property, 500);
});

const hasTask = (results: readonly TaskResult[], index: number): boolean =>
  results.some(({ taskIndex }) => taskIndex === index);
