/**
 * What becomes of a result that comes after its request has closed. An answer at a version never changes: who amends
 * makes a further version, until the grace after the close is over.
 */
import type { Answer } from './answer.ts';
import { type Head, hasOneShard } from './gathering.ts';

export type Late =
  | { readonly kind: 'drop' }
  /** How long after the close results still come in, in ms. */
  | { readonly kind: 'amend'; readonly graceMs: number };

/** Late results are counted, and dropped (the default). */
export const drop = (): Late => ({ kind: 'drop' });

/** Late results make further versions of the answer for `graceMs` (1,000 to 3,600,000) after the close. */
export const amend = ({ graceMs }: { readonly graceMs: number }): Late => ({ kind: 'amend', graceMs });

/** What a head keeps of its job's policy, so that a deployment changes nothing for it. */
export const graceOf = (late: Late, shape: { readonly expected: number; readonly shardSize: number }) =>
  late.kind === 'amend' && hasOneShard(shape) ? { graceMs: late.graceMs } : {};

/**
 * Until when an answer of a closed request may be amended, in epoch ms; `undefined` when it never is: nobody waits for a
 * cancelled one, a job whose code threw would throw again, and nothing can be added to a success of every task.
 */
export function amendableUntil(
  { graceMs }: Pick<Head, 'graceMs'>,
  { status, error, tasks, closedAt }: Pick<Answer, 'status' | 'error' | 'tasks' | 'closedAt'>,
): number | undefined {
  const isFinal = status === 'cancelled' || error !== undefined || tasks.succeeded === tasks.expected;
  return graceMs === undefined || isFinal ? undefined : closedAt + graceMs;
}
