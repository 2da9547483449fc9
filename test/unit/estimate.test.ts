import { describe, expect, it } from 'vitest';
import { type Estimate, estimateAt } from '../../shared/core/estimate.ts';
import { NO_PAST, type Past, withAnswers, withCompletion } from '../../shared/core/history.ts';

const request = { expected: 100, arrived: 0, acceptedAt: 10_000, scatteredAt: 10_050, deadlineAt: 30_000 };

/** Requests of a hundred tasks that took 1,010, 1,020, … 2,000 ms. */
const steady: Past = Array.from({ length: 100 }, (_, index) => 1_010 + index * 10).reduce<Past>(
  (past, ms) => withCompletion(past, 100, ms),
  NO_PAST,
);

const isAbout = (estimate: Estimate, p50At: number, p95At: number): void => {
  expect(Math.abs((estimate.p50At ?? 0) - p50At)).toBeLessThan(60);
  expect(Math.abs((estimate.p95At ?? 0) - p95At)).toBeLessThan(60);
};

describe('an estimate', () => {
  it('is the deadline alone while nothing is known', () => {
    expect(estimateAt(request, NO_PAST, 10_000)).toEqual({ latestAt: 30_000 });
    expect(estimateAt({ ...request, expected: 3_000 }, steady, 10_000)).toEqual({ latestAt: 30_000 });
  });

  it('is what requests of the size took', () => {
    isAbout(estimateAt(request, steady, 10_000), 11_500, 11_950);
  });

  it('is what requests of about the size took, where none of the size is known', () => {
    isAbout(estimateAt({ ...request, expected: 200 }, steady, 10_000), 11_500, 11_950);
  });

  it('is what those took that took as long as this one has', () => {
    isAbout(estimateAt(request, steady, 11_800), 11_900, 11_990);
  });

  it('is sooner when few tasks are out', () => {
    const known = withAnswers(withAnswers(steady, 'leaf', 900, 200), 'leaf', 100, 400);
    const { p50At = 0, p95At = 0 } = estimateAt({ ...request, arrived: 99 }, known, 10_100);
    expect(p50At).toBeLessThan(10_300);
    expect(p95At).toBeGreaterThan(10_300);
    expect(p95At).toBeLessThan(10_500);
  });

  it('is never after the deadline', () => {
    const hasty = { ...request, deadlineAt: 11_200 };
    expect(estimateAt(hasty, steady, 10_000)).toEqual({ p50At: 11_200, p95At: 11_200, latestAt: 11_200 });
  });

  it('is the deadline alone, for a request that takes longer than any has', () => {
    expect(estimateAt(request, steady, 15_000)).toEqual({ latestAt: 30_000 });
  });
});
