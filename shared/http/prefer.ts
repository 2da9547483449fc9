/** How long a caller would wait for an answer in this very call. */
import { MAX_WAIT_MS } from '../core/limits.ts';
import { fieldProblem } from './problem.ts';

/** A wait as it is granted, with what to say in `Preference-Applied`. */
export interface GrantedWait {
  readonly waitMs: number;
  readonly applied: string;
}

const MAX_WAIT_SECONDS = MAX_WAIT_MS / 1_000;
const WAIT = /^\s*wait\s*=\s*(?:"(\d{1,9})"|(\d{1,9}))\s*(?:;.*)?$/i;

/**
 * The wait of a `Prefer` header (RFC 7240), at most `MAX_WAIT_MS`; `undefined` when there is none. A preference that is
 * malformed is none: the RFC asks to ignore it. The first of several waits counts.
 */
export function preferredWait(prefer: string | undefined): GrantedWait | undefined {
  for (const preference of prefer?.split(',') ?? []) {
    const match = WAIT.exec(preference);
    if (!match) continue;
    const seconds = Math.min(Number(match[1] ?? match[2]), MAX_WAIT_SECONDS);
    return { waitMs: seconds * 1_000, applied: `wait=${seconds}` };
  }
  return undefined;
}

/**
 * The wait of `?wait=<seconds>` in ms; 0 when there is none.
 *
 * @throws ProblemError naming `wait` and its limit.
 */
export function queriedWait(wait: string | undefined): number {
  if (wait === undefined) return 0;
  if (/^\d{1,9}$/.test(wait) && Number(wait) <= MAX_WAIT_SECONDS) return Number(wait) * 1_000;
  const rule = `must be a whole number of seconds from 0 to ${MAX_WAIT_SECONDS}`;
  throw fieldProblem('invalid-parameter', 'wait', rule, MAX_WAIT_SECONDS);
}
