/**
 * What a job's recent past says: how long its leaves take from a task's publication to its answer, and how long its
 * requests take, by size. Kept by the hour; a reader takes this hour and the one before together.
 */
import { countOf, EMPTY_SKETCH, mergedSketch, type Sketch, sketched } from './sketch.ts';

export const HISTORY_WINDOW_MS = 3_600_000;

/** Kept for the window after its own, and an hour for clocks that differ. */
export const HISTORY_KEPT_MS = 3 * HISTORY_WINDOW_MS;

export const windowOf = (now: number): number => Math.floor(now / HISTORY_WINDOW_MS);

/** One window of one job. */
export interface Past {
  /** Tasks answered, copies not counted. */
  readonly tasks: number;
  /** Latencies by leaf, in ms. */
  readonly leaves: Readonly<Record<string, Sketch>>;
  /** Times to completion by size class, in ms. */
  readonly sizes: Readonly<Record<number, Sketch>>;
}

export const NO_PAST: Past = { tasks: 0, leaves: {}, sizes: {} };

/** Requests of a class have up to twice as many tasks as the smallest of it. */
export const sizeClassOf = (expected: number): number => Math.floor(Math.log2(expected));

export function mergedPast(left: Past, right: Past): Past {
  const merged = (one: Readonly<Record<string, Sketch>>, other: Readonly<Record<string, Sketch>>) => {
    const all = { ...one };
    for (const [name, sketch] of Object.entries(other)) all[name] = mergedSketch(all[name] ?? EMPTY_SKETCH, sketch);
    return all;
  };
  return {
    tasks: left.tasks + right.tasks,
    leaves: merged(left.leaves, right.leaves),
    sizes: merged(left.sizes, right.sizes),
  };
}

/** `past` with `tasks` more answers of a leaf, each after `latencyMs`; tasks alone, where nobody knows when they were sent. */
export function withAnswers(past: Past, leaf: string, tasks: number, latencyMs: number | undefined): Past {
  const sketch = past.leaves[leaf] ?? EMPTY_SKETCH;
  const leaves = latencyMs === undefined ? past.leaves : { ...past.leaves, [leaf]: sketched(sketch, latencyMs, tasks) };
  return { ...past, tasks: past.tasks + tasks, leaves };
}

/** `past` with one more request of `expected` tasks that was closed after `elapsedMs`. */
export function withCompletion(past: Past, expected: number, elapsedMs: number): Past {
  const size = sizeClassOf(expected);
  return { ...past, sizes: { ...past.sizes, [size]: sketched(past.sizes[size] ?? EMPTY_SKETCH, elapsedMs) } };
}

/** Completions of a size that must be known before anything is said of the next. */
const LEAST_KNOWN = 20;
/** Size classes that a request's own class is looked for in, if nothing is known of it: half or twice the size. */
const NEIGHBOURS = [0, 1, -1] as const;

/** How long requests of about this size take, by the class of the size or the nearest that is known. */
export function completionsOf({ sizes }: Past, expected: number): Sketch | undefined {
  const size = sizeClassOf(expected);
  return NEIGHBOURS.map((step) => sizes[size + step]).find((sketch) => sketch && countOf(sketch) >= LEAST_KNOWN);
}
