/**
 * The law of the look: whatever the results, however often they come, the mark that makes a request closable is told to
 * look. And looks are few: a hint that is never wrong would be one look.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  all,
  type CompletionPolicy,
  type Counts,
  completionReason,
  quorum,
  tolerate,
} from '../../shared/core/completion.ts';
import { emptyTally, isLookDue, nextLook, type Tally } from '../../shared/core/gathering.ts';
import { check } from '../support/seed.ts';

const FILE = 'test/property/thresholds.test.ts';

interface Result {
  readonly taskIndex: number;
  readonly fails: boolean;
}

const policies = (expected: number): fc.Arbitrary<CompletionPolicy> =>
  fc.oneof(
    fc.constant(all()),
    fc.integer({ min: 1, max: expected }).map(quorum),
    fc.integer({ min: 0, max: expected }).map(tolerate),
    fc.constant({ kind: 'when' } as const),
  );

/** A policy, and batches of results in which any task may come any number of times, failed or not. */
const histories = fc.integer({ min: 1, max: 12 }).chain((expected) =>
  fc.record({
    expected: fc.constant(expected),
    policy: policies(expected),
    batches: fc.array(
      fc.array(fc.record({ taskIndex: fc.nat({ max: expected - 1 }), fails: fc.boolean() }), {
        minLength: 1,
        maxLength: 4,
      }),
      { maxLength: 40 },
    ),
  }),
);

function truth(expected: number, results: readonly Result[]): Counts {
  const succeeded = new Set(results.filter(({ fails }) => !fails).map(({ taskIndex }) => taskIndex));
  const answered = new Set(results.map(({ taskIndex }) => taskIndex));
  return { expected, succeeded: succeeded.size, failed: answered.size - succeeded.size };
}

const marked = (tally: Tally, batch: readonly Result[]): Tally => ({
  ...tally,
  arrived: tally.arrived + batch.length,
  failed: tally.failed + batch.filter(({ fails }) => fails).length,
});

test('the mark that makes a request closable reaches the threshold', async () => {
  const property = fc.property(histories, ({ expected, policy, batches }) => {
    let tally = emptyTally(policy, expected);
    const known: Result[] = [];
    for (const batch of batches) {
      known.push(...batch);
      tally = marked(tally, batch);
      const counts = truth(expected, known);
      if (completionReason(policy, counts)) {
        expect(isLookDue(tally)).toBe(true);
        return;
      }
      if (isLookDue(tally)) tally = { ...tally, ...nextLook(policy, counts, tally) };
      expect(isLookDue(tally)).toBe(false);
    }
  });
  await check(FILE, property, 3_000);
});

test('the same holds where the look comes later than its mark, and has seen more', async () => {
  const lagging = fc.tuple(histories, fc.nat({ max: 5 }));
  const property = fc.property(lagging, ([{ expected, policy, batches }, lag]) => {
    let tally = emptyTally(policy, expected);
    const looks: { readonly due: number; readonly from: Tally }[] = [];
    for (const [index, batch] of batches.entries()) {
      tally = marked(tally, batch);
      const counts = truth(expected, batches.slice(0, index + 1).flat());
      if (completionReason(policy, counts)) {
        expect(isLookDue(tally)).toBe(true);
        return;
      }
      if (isLookDue(tally)) looks.push({ due: index + lag, from: tally });
      for (const { from } of looks.filter(({ due }) => due === index))
        if (from.lookAt === tally.lookAt && from.failLookAt === tally.failLookAt)
          tally = { ...tally, ...nextLook(policy, counts, from) };
    }
  });
  await check(FILE, property, 3_000);
});

test('without failures or duplicates, a request that waits for all looks once', async () => {
  const property = fc.property(fc.integer({ min: 1, max: 200 }), (expected) => {
    let tally = emptyTally(all(), expected);
    let looks = 0;
    for (let taskIndex = 0; taskIndex < expected; taskIndex++) {
      tally = marked(tally, [{ taskIndex, fails: false }]);
      if (isLookDue(tally)) looks++;
    }
    expect(looks).toBe(1);
  });
  await check(FILE, property, 50);
});

test('a predicate over n results costs O(log n) looks', () => {
  let tally = emptyTally({ kind: 'when' }, 10_000);
  let looks = 0;
  for (let taskIndex = 0; taskIndex < 10_000; taskIndex++) {
    tally = marked(tally, [{ taskIndex, fails: false }]);
    if (!isLookDue(tally)) continue;
    looks++;
    tally = {
      ...tally,
      ...nextLook({ kind: 'when' }, { expected: 10_000, succeeded: taskIndex + 1, failed: 0 }, tally),
    };
  }
  expect(looks).toBeLessThan(64 * Math.log2(10_000));
});
