/**
 * The laws of `Fold` (shared/core/job.ts) as properties any job can be held to. A failure prints fast-check's seed and
 * path, which `FoldLawOptions.replay` takes to run exactly that case again.
 */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Fold, Success } from '../../shared/core/job.ts';

export interface FoldLawOptions<Accumulator> {
  /** When two accumulators mean the same; by default when their finished aggregates are deeply equal. */
  readonly equal?: (left: Accumulator, right: Accumulator) => boolean;
  /** Random cases per law (100 by default). */
  readonly runs?: number;
  /** The seed and path a failure printed. */
  readonly replay?: { readonly seed: number; readonly path: string };
}

type Results<Value> = readonly Success<Value>[];

/** What a law is checked with: the fold, a fold over a list, and the job's own equality as an assertion. */
interface Bench<Value, Accumulator> {
  readonly fold: Fold<Value, Accumulator, unknown>;
  /** `empty()` as JSON, from before anything was folded. */
  readonly pristine: string;
  folded(successes: Results<Value>): Accumulator;
  same(when: string, actual: Accumulator, expected: Accumulator): void;
}

type Law = <Value, Accumulator>(
  bench: Bench<Value, Accumulator>,
  all: Results<Value>,
  groups: readonly Results<Value>[],
) => void;

const throughJson = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));

const LAWS: Readonly<Record<string, Law>> = {
  'empty is neutral': ({ fold, folded, same }, all) => {
    same('on the left', fold.merge(fold.empty(), folded(all)), folded(all));
    same('on the right', fold.merge(folded(all), fold.empty()), folded(all));
  },
  'empty is always fresh': ({ fold, folded, pristine }, all, groups) => {
    groups.map((group) => folded(group)).reduce((left, right) => fold.merge(left, right), folded(all));
    assert.equal(JSON.stringify(fold.empty()), pristine);
  },
  'grouping does not matter': ({ fold, folded, same }, all, groups) => {
    const fromLeft = groups.map((group) => folded(group)).reduce((left, right) => fold.merge(left, right));
    const fromRight = groups.map((group) => folded(group)).reduceRight((right, left) => fold.merge(left, right));
    same('merged from the left', fromLeft, folded(all));
    same('merged from the right', fromRight, folded(all));
  },
  'accumulators are plain JSON': ({ fold, folded, same }, all, groups) => {
    assert.deepEqual(throughJson(folded(all)), folded(all));
    const stored = groups.map((group) => throughJson(folded(group)));
    same(
      'resumed from storage',
      stored.reduce((left, right) => throughJson(fold.merge(left, right))),
      folded(all),
    );
  },
  'finish leaves its accumulator alone': ({ fold, folded }, all) => {
    const accumulator = folded(all);
    assert.deepEqual(fold.finish(accumulator), fold.finish(accumulator));
    assert.deepEqual(accumulator, folded(all));
  },
};

function benchOf<Value, Accumulator>(
  fold: Fold<Value, Accumulator, unknown>,
  equal: (left: Accumulator, right: Accumulator) => boolean,
): Bench<Value, Accumulator> {
  return {
    fold,
    pristine: JSON.stringify(fold.empty()),
    folded: (successes) => successes.reduce((folded, success) => fold.add(folded, success), fold.empty()),
    same: (when, actual, expected) =>
      assert.ok(equal(actual, expected), `${when}: ${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`),
  };
}

/** Cuts `list` at the points of `cuts`; some groups may be empty. */
function cutAt<Value>(list: Results<Value>, cuts: readonly number[]): Results<Value>[] {
  const points = cuts.map((cut) => cut % (list.length + 1)).sort((left, right) => left - right);
  const bounds = [0, ...points, list.length];
  return bounds.slice(1).map((end, index) => list.slice(bounds[index], end));
}

/** Successes in task order with gaps between their indexes, as failed tasks leave them. */
export const successesOf = <Value>(values: fc.Arbitrary<Value>, maxLength = 20): fc.Arbitrary<Success<Value>[]> =>
  fc.array(fc.record({ value: values, gap: fc.nat(3) }), { maxLength }).map((steps) => {
    let taskIndex = -1;
    return steps.map(({ value, gap }) => {
      taskIndex += 1 + gap;
      return { taskIndex, value };
    });
  });

/**
 * Holds a job's fold to its laws over any results the arbitrary can make: `empty` is neutral and always fresh, `merge` is
 * associative, grouping does not matter, accumulators are plain JSON, and `finish` leaves what it was given alone.
 *
 * @throws when a law is broken: names it, with the counterexample, its seed and its path.
 */
export function checkFoldLaws<Value, Accumulator, Aggregate>(
  job: { readonly fold: Fold<Value, Accumulator, Aggregate> },
  arbitraryResults: fc.Arbitrary<Results<Value>>,
  options: FoldLawOptions<Accumulator> = {},
): void {
  const { fold } = job;
  const bench = benchOf(
    fold,
    options.equal ?? ((left, right) => isDeepStrictEqual(fold.finish(left), fold.finish(right))),
  );
  for (const [name, law] of Object.entries(LAWS)) {
    const property = fc.property(arbitraryResults, fc.array(fc.nat(), { maxLength: 4 }), (all, cuts) =>
      law(bench, all, cutAt(all, cuts)),
    );
    const outcome = fc.check(property, { numRuns: options.runs ?? 100, includeErrorInReport: true, ...options.replay });
    if (outcome.failed) assert.fail(`fold law broken: ${name}\n${fc.defaultReportMessage(outcome)}`);
  }
}
