/**
 * Applying a job's fold, in task order, with every throw of the job's own code turned into a value that says where.
 * What it refuses to know: where results are kept, and when.
 */
import type { SucceededResult } from './envelope.ts';
import { messageOf } from './errors.ts';
import type { Job, Success } from './job.ts';
import { utf8Bytes } from './json.ts';
import { LIMITS } from './limits.ts';

/** Code of the job threw, or made something that cannot be kept. The request closes `failed` and says so. */
export interface JobError {
  readonly where: 'split' | 'fold' | 'finish' | 'predicate' | 'job';
  readonly message: string;
}

export type Attempted<T> = { readonly value: T } | { readonly error: JobError };

/** The code that would fold is not here any more. */
export const JOB_IS_GONE: { readonly error: JobError } = {
  error: { where: 'job', message: 'the job is no longer deployed' },
};

/** Runs a piece of the job's code; a throw becomes `{ error }`. */
export function attempt<T>(where: JobError['where'], run: () => T): Attempted<T> {
  try {
    return { value: run() };
  } catch (error) {
    return { error: { where, message: messageOf(error, LIMITS.messageLength) } };
  }
}

/** The accumulator of some successes with their values, given in task order. */
export function accumulate(job: Job, successes: readonly SucceededResult[]): Attempted<unknown> {
  const add = (sum: unknown, success: SucceededResult): unknown => job.fold.add(sum, success as Success<unknown>);
  return attempt('fold', () => successes.reduce(add, job.fold.empty()));
}

/** The accumulator of nothing. */
export const emptyAccumulator = (job: Job): Attempted<unknown> => attempt('fold', () => job.fold.empty());

/** The accumulator with one success more, which comes after all that are in it. */
export const addTo = (job: Job, sum: Attempted<unknown>, success: SucceededResult): Attempted<unknown> =>
  'error' in sum ? sum : attempt('fold', () => job.fold.add(sum.value, success as Success<unknown>));

/** The accumulator of several ranges, given in task order. The first error wins. */
export function mergeAll(job: Job, parts: readonly Attempted<unknown>[]): Attempted<unknown> {
  const failed = parts.find((part) => 'error' in part);
  if (failed) return failed;
  const values = parts.flatMap((part) => ('value' in part ? [part.value] : []));
  if (values.length === 1) return { value: values[0] };
  return attempt('fold', () => values.reduce((left, right) => job.fold.merge(left, right), job.fold.empty()));
}

/** The aggregate of an accumulator; JSON's own view of it, so that what is answered now and later is the same. */
export function finish(job: Job, accumulated: Attempted<unknown>): Attempted<unknown> {
  if ('error' in accumulated) return accumulated;
  return attempt('finish', () => {
    const json = JSON.stringify(job.fold.finish(accumulated.value)) ?? 'null';
    const bytes = utf8Bytes(json);
    if (bytes > LIMITS.aggregateBytes)
      throw new RangeError(`the aggregate takes ${bytes} bytes, over the limit of ${LIMITS.aggregateBytes}`);
    return JSON.parse(json);
  });
}

/** Whether a `when` job's predicate holds over an aggregate; any other completion never asks. */
export function predicateMet({ completion }: Job, aggregate: Attempted<unknown>): Attempted<boolean> {
  if (completion.kind !== 'when') return { value: false };
  if ('error' in aggregate) return aggregate;
  return attempt('predicate', () => completion.predicate(aggregate.value));
}
