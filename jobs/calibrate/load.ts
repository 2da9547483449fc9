/** The leaf of `calibrate`: sleeps, fails or answers with as many bytes as it was asked for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Leaf } from '../../shared/core/job.ts';
import type { Payload, Value } from './job.ts';

export const leaf: Leaf<Payload, Value> = async ({ index, bytes, ms, fails }, { signal }) => {
  if (ms > 0) await sleep(ms, undefined, { signal });
  if (fails) throw new Error(`task ${index} was asked to fail`);
  return { index, filler: 'x'.repeat(bytes) };
};
