import { describe, expect, it } from 'vitest';
import { constant, stragglers } from '../../shared/core/plan/leaf-time.ts';
import { availabilityOfQuorum, mostTasksForAll, quorumFor } from '../../shared/core/plan/reliability.ts';
import { hedged, slowestOf } from '../../shared/core/plan/tail.ts';
import { seededRandom } from '../../simulation/random.ts';

const ONE_IN_A_HUNDRED = stragglers(10, 0.01, 200);

describe('the slowest of many', () => {
  it('is slow in 63 % of requests of 100 leaves, 1 % of them slow', () =>
    expect(1 - slowestOf(ONE_IN_A_HUNDRED, 100).cdf(10)).toBeCloseTo(0.634, 3));

  it('reaches a share of requests as late as the root of that share of tasks', () => {
    expect(slowestOf(ONE_IN_A_HUNDRED, 100).quantile(0.36)).toBe(10);
    expect(slowestOf(ONE_IN_A_HUNDRED, 100).quantile(0.37)).toBe(200);
  });

  it('is as slow as each where all are alike: 64 s of work over 16 leaves take 4 s', () =>
    expect(slowestOf(constant(64_000 / 16), 16).quantile(0.99)).toBe(4_000));
});

describe('a hedge', () => {
  it('leaves one straggler in ten thousand unanswered until the second copy could answer', () => {
    const time = hedged(ONE_IN_A_HUNDRED, 20);
    expect(1 - time.cdf(29)).toBeCloseTo(0.01, 9);
    expect(1 - time.cdf(30)).toBeCloseTo(0.0001, 9);
    expect(time.quantile(0.999)).toBeCloseTo(30, 6);
  });

  it('answers as often by then as drawing says it does', () => {
    const random = seededRandom(7);
    const draw = () => (random.chance(0.01) ? 200 : 10);
    const rounds = 20_000;
    let inTime = 0;
    for (let round = 0; round < rounds; round++) {
      let slowest = 0;
      for (let task = 0; task < 100; task++) slowest = Math.max(slowest, Math.min(draw(), 20 + draw()));
      if (slowest <= 30) inTime++;
    }
    expect(inTime / rounds).toBeCloseTo(slowestOf(hedged(ONE_IN_A_HUNDRED, 20), 100).cdf(30), 2);
  });
});

describe('availability', () => {
  it('of 0.99 a leaf allows 3 tasks that must all answer, for a target of 0.97', () =>
    expect(mostTasksForAll(0.99, 0.97)).toBe(3));

  it('counts a target that is met exactly', () => expect(mostTasksForAll(0.9, 0.81)).toBe(2));

  it('is lifted by a quorum: 97 of 100 where all 100 would be too many', () => {
    expect(availabilityOfQuorum(0.99, 100, 100)).toBeCloseTo(0.366, 3);
    expect(availabilityOfQuorum(0.99, 100, 97)).toBeCloseTo(0.9816, 4);
    expect(quorumFor(0.99, 100, 0.97)).toBe(97);
  });

  it('does not underflow with a million tasks', () => {
    const successes = quorumFor(0.99, 1_000_000, 0.97);
    expect(successes).toBeGreaterThan(989_000);
    expect(successes).toBeLessThan(990_000);
  });
});
