import { describe, expect, it } from 'vitest';
import { ACCOUNT_CONCURRENCY, FUNCTION_RAMP, MAPPING_RAMP } from '../../shared/core/limits.ts';
import { completionTime } from '../../shared/core/plan/completion-time.ts';
import { atomsOf, meanOf, summed, weightsOf } from '../../shared/core/plan/grid.ts';
import { constant, type LeafTime, lognormal, scaled, stragglers } from '../../shared/core/plan/leaf-time.ts';
import { environmentsAt, type Ramp, upTo } from '../../shared/core/plan/ramp.ts';
import { type Random, seededRandom } from '../../simulation/random.ts';

const fixed = (most: number): Ramp => ({ first: most, step: 0, everyMs: 60_000, most });

/** One request, played: whichever environment is free first takes the next message. The times at which they were answered. */
function played(ramp: Ramp, messages: number, draw: () => number): number[] {
  const free = new Heap();
  for (let at = 0, had = 0; had < Math.min(messages, ramp.most); at += ramp.everyMs)
    for (const have = Math.min(messages, environmentsAt(ramp, at)); had < have; had++) free.push(at);
  return Array.from({ length: messages }, () => {
    const done = free.pop() + draw();
    free.push(done);
    return done;
  });
}

/** The least of many numbers, again and again. */
class Heap {
  readonly #items: number[] = [];
  push(item: number): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    for (let up = (at - 1) >> 1; at > 0 && (items[up] ?? 0) > item; at = up, up = (at - 1) >> 1)
      items[at] = items[up] ?? 0;
    items[at] = item;
  }
  pop(): number {
    const items = this.#items;
    const [least = 0] = items;
    const last = items.pop() ?? 0;
    if (items.length === 0) return least;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child + 1 < items.length && (items[child + 1] ?? 0) < (items[child] ?? 0)) child++;
      if (child >= items.length || (items[child] ?? 0) >= last) break;
      items[at] = items[child] ?? 0;
      at = child;
    }
    items[at] = last;
    return least;
  }
}

/** Times to draw from: as many as are likely to tell the tail. */
const DRAWS = 200_000;
function drawn(leaf: LeafTime, random: Random): () => number {
  const times = Float64Array.from({ length: DRAWS }, (_, index) => leaf.quantile((index + 0.5) / DRAWS));
  return () => times[random.below(DRAWS)] ?? 0;
}
const quantileOf = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;

/** Quantiles of the completion of `rounds` requests. */
function playedQuantiles(ramp: Ramp, messages: number, awaited: number, draw: () => number, rounds: number) {
  const times = Array.from({ length: rounds }, () => {
    const answered = played(ramp, messages, draw);
    return awaited === messages ? Math.max(...answered) : (answered.sort((a, b) => a - b)[awaited - 1] ?? 0);
  }).sort((a, b) => a - b);
  return { p50: quantileOf(times, 0.5), p99: quantileOf(times, 0.99) };
}

const LEAVES: Readonly<Record<string, LeafTime>> = {
  constant: constant(1_000),
  'a lognormal': lognormal(1_000, 5_000),
  stragglers: stragglers(1_000, 0.01, 20_000),
};
const RAMPS: readonly (readonly [string, Ramp, readonly number[]])[] = [
  ['one environment', fixed(1), [3, 20]],
  ['5 environments', fixed(5), [5, 7, 13, 30, 200]],
  ['50 environments', fixed(50), [50, 60, 120, 700]],
  ['1,000 of a function', upTo(FUNCTION_RAMP, 1_000), [1_000, 1_100, 2_500]],
  ['a queue’s mapping', MAPPING_RAMP, [30, 400, 1_000]],
];
const CASES = Object.keys(LEAVES).flatMap((leaf) =>
  RAMPS.flatMap(([name, ramp, sizes]) => sizes.map((messages) => [messages, leaf, name, ramp] as const)),
);

describe('a queue for environments, against playing it', () => {
  it.each(CASES)('of %i × %s over %s: p99 to a tenth, p50 to 15 in a hundred', (messages, leafName, _, ramp) => {
    const leaf = LEAVES[leafName] ?? constant(1);
    const time = completionTime({ invocations: messages, awaited: messages, time: leaf, answered: leaf, ramp });
    const rounds = messages > 500 ? 500 : 4_000;
    const { p50, p99 } = playedQuantiles(ramp, messages, messages, drawn(leaf, seededRandom(messages)), rounds);
    expect.soft(Math.abs(time.quantile(0.99) / p99 - 1), `p99 ${time.quantile(0.99)} against ${p99}`).toBeLessThan(0.1);
    expect.soft(Math.abs(time.quantile(0.5) / p50 - 1), `p50 ${time.quantile(0.5)} against ${p50}`).toBeLessThan(0.15);
  });

  it.each([
    [100, 95, 'a lognormal', fixed(100)],
    [100, 97, 'stragglers', fixed(100)],
    [300, 280, 'a lognormal', fixed(50)],
  ] as const)('of %i, until %i have answered: p99 to a tenth', (messages, awaited, leafName, ramp) => {
    const leaf = LEAVES[leafName] ?? constant(1);
    const time = completionTime({ invocations: messages, awaited, time: leaf, answered: leaf, ramp });
    const { p99 } = playedQuantiles(ramp, messages, awaited, drawn(leaf, seededRandom(messages)), 4_000);
    expect(Math.abs(time.quantile(0.99) / p99 - 1), `p99 ${time.quantile(0.99)} against ${p99}`).toBeLessThan(0.1);
  });

  it('makes unequal tasks even: with more tasks than environments the same work ends sooner', () => {
    const ramp = fixed(50);
    const over = (messages: number) => {
      const leaf = scaled(lognormal(1_000, 5_000), 50 / messages);
      return completionTime({ invocations: messages, awaited: messages, time: leaf, answered: leaf, ramp }).quantile(
        0.99,
      );
    };
    expect(over(200)).toBeLessThan(over(50) / 2);
  });
});

describe('environments', () => {
  it('of a queue’s mapping are 5, then 300 more a minute, 1,250 at most', () =>
    expect([0, 59_999, 60_000, 600_000].map((ms) => environmentsAt(MAPPING_RAMP, ms))).toEqual([5, 5, 305, 1_250]));

  it('of a function are 1,000 more every 10 s, no more than the account has', () => {
    expect([0, 10_000].map((ms) => environmentsAt(FUNCTION_RAMP, ms))).toEqual([1_000, 2_000]);
    expect(environmentsAt(upTo(FUNCTION_RAMP, ACCOUNT_CONCURRENCY.most), 10_000)).toBe(1_000);
  });
});

describe('tasks that ride together', () => {
  it.each([2, 10, 25])('%i of them take what playing their sum says', (count) => {
    for (const leaf of Object.values(LEAVES)) {
      const draw = drawn(leaf, seededRandom(count));
      const sums = Array.from({ length: 20_000 }, () => Array.from({ length: count }, draw).reduce((a, b) => a + b));
      sums.sort((a, b) => a - b);
      const time = summed(leaf, count);
      for (const share of [0.5, 0.99]) expect(time.quantile(share) / quantileOf(sums, share)).toBeCloseTo(1, 1);
    }
  });
});

describe('a tail that reaches a million times as far as the median', () => {
  const heavy = lognormal(1, 10_000);

  it('takes as many cells as are given, the last of them for what lies beyond', () => {
    const weights = weightsOf(atomsOf(heavy), 1, 100);
    expect(weights).toHaveLength(100);
    expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 9);
    expect(weights[99]).toBeCloseTo(1 - heavy.cdf(99), 2);
  });

  it.each([
    ['rides together, up to its end', () => summed(heavy, 25).quantile(1 - 1e-9), 25 * heavy.quantile(1 - 1e-6)],
    [
      'waits for others',
      () =>
        completionTime({
          invocations: 100_000,
          awaited: 100_000,
          time: heavy,
          answered: heavy,
          ramp: fixed(100),
        }).quantile(0.5),
      100_000 * meanOf(atomsOf(heavy)),
    ],
  ])('is planned in moments where it %s', (_, plan, latest) => {
    const ms = plan();
    expect(ms).toBeGreaterThan(heavy.quantile(0.999));
    expect(ms).toBeLessThan(latest);
  });
});
