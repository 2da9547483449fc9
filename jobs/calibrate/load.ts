/** The leaf of `calibrate`: sleeps, fails or answers with as many bytes as it was asked for. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Leaf } from '../../shared/core/job.ts';
import type { Payload, Value } from './job.ts';

export const leaf: Leaf<Payload, Value> = async (payload, { attempt, hedge, signal }) => {
  const { index, bytes, fails } = payload;
  const ms = hedge || attempt > 1 ? payload.againMs : payload.ms;
  if (ms > 0) await sleep(ms, undefined, { signal });
  if (fails) throw new Error(`task ${index} was asked to fail`);
  return { index, filler: noise(index, bytes) };
};

/** Text that cannot be told from chance, so that whoever compresses it gains little: the same for the same task. */
function noise(index: number, bytes: number): string {
  const outputLength = Math.ceil((bytes * 3) / 4);
  const hash = createHash('shake256', { outputLength }).update(`calibrate ${index}`);
  return bytes > 0 ? hash.digest('base64url').slice(0, bytes) : '';
}
