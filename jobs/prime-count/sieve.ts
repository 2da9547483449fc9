import { scheduler } from 'node:timers/promises';
import type { Leaf } from '../../shared/core/job.ts';
import type { Range } from './ranges.ts';
import { primesBySegment } from './segments.ts';

/** Counts the primes in [from, to). It yields between segments, since `signal` can only fire while nothing computes. */
export const leaf: Leaf<Range, number> = async ({ from, to }, { signal }) => {
  let count = 0;
  for (const primes of primesBySegment(from, to)) {
    signal.throwIfAborted();
    count += primes;
    await scheduler.yield();
  }
  return count;
};
