/**
 * Which results are in: one per task, chosen from chunks that may hold any task several times.
 * Law: the choice depends only on the set of chunks, never on their order or composition.
 */
import type { Counts } from './completion.ts';
import { type FailedResult, isFailure, type SucceededResult, type TaskResult } from './envelope.ts';
import type { TaskRange } from './gathering.ts';

/** The results one aggregator batch brought for one shard, under a name of its own. */
export interface Chunk {
  readonly chunkId: string;
  readonly results: readonly TaskResult[];
}

/** A chunk with the JSON of its results, as it is written. */
export interface WrittenChunk extends Chunk {
  readonly json: string;
}

export const written = (chunk: Chunk): WrittenChunk => ({ ...chunk, json: JSON.stringify(chunk.results) });

/**
 * A range's membership as it is kept: two bitmaps over the range, and the chunks that were read. One that was amended
 * names them by layers, of so many chunks each: a layer only adds to what those before it say.
 */
export interface Membership {
  readonly succeeded: Uint8Array;
  readonly failed: Uint8Array;
  readonly chunks: readonly string[];
  readonly layers?: readonly number[];
}

/** The chosen results of a range, in task order. */
export interface Chosen {
  readonly range: TaskRange;
  readonly successes: readonly SucceededResult[];
  readonly failures: readonly FailedResult[];
  readonly chunks: readonly string[];
  readonly layers?: readonly number[];
}

/** One result per task: success before failure, then the lowest attempt, then the chunk's name. */
export function choose(range: TaskRange, chunks: readonly Chunk[]): Chosen {
  const best = new Map<number, TaskResult>();
  const ordered = chunks.toSorted((a, b) => (a.chunkId < b.chunkId ? -1 : 1));
  for (const result of ordered.flatMap((chunk) => chunk.results)) {
    if (!contains(range, result.taskIndex)) continue;
    const known = best.get(result.taskIndex);
    if (!known || isBetter(result, known)) best.set(result.taskIndex, result);
  }
  const results = [...best.values()].sort(byIndex);
  return {
    range,
    successes: results.filter((result): result is SucceededResult => !isFailure(result)),
    failures: results.filter(isFailure),
    chunks: ordered.map((chunk) => chunk.chunkId),
  };
}

/**
 * What later chunks add to a choice: tasks that were not in, and successes of tasks that had failed. A success that was
 * chosen stays, whatever else is said of its task. Of the chunks those that add something are named, as one more layer.
 */
export function extended(chosen: Chosen, later: readonly Chunk[]): Chosen {
  const { range, successes, failures, chunks, layers = [chunks.length] } = chosen;
  const more = choose(range, later);
  const succeeded = new Set(successes.map(({ taskIndex }) => taskIndex));
  const gained = more.successes.filter(({ taskIndex }) => !succeeded.has(taskIndex));
  const known = new Set([...successes, ...failures, ...gained].map(({ taskIndex }) => taskIndex));
  const lost = more.failures.filter(({ taskIndex }) => !known.has(taskIndex));
  const added = new Set<TaskResult>([...gained, ...lost]);
  const named = later
    .filter(({ results }) => results.some((result) => added.has(result)))
    .map(({ chunkId }) => chunkId);
  const superseded = new Set(gained.map(({ taskIndex }) => taskIndex));
  return {
    range,
    successes: [...successes, ...gained].sort(byIndex),
    failures: [...failures.filter(({ taskIndex }) => !superseded.has(taskIndex)), ...lost].sort(byIndex),
    chunks: [...chunks, ...named.sort()],
    layers: [...layers, named.length],
  };
}

/** What a kept membership chose, from the chunks that are there: layer by layer, as it was chosen. */
export function chosenBefore(range: TaskRange, { chunks, layers }: Membership, kept: readonly Chunk[]): Chosen {
  const [first = chunks.length, ...rest] = layers ?? [];
  const among = (names: readonly string[]) => {
    const wanted = new Set(names);
    return kept.filter(({ chunkId }) => wanted.has(chunkId));
  };
  let named = first;
  let chosen = choose(range, among(chunks.slice(0, first)));
  for (const size of rest) {
    chosen = extended(chosen, among(chunks.slice(named, named + size)));
    named += size;
  }
  return chosen;
}

/** How many tasks `after` has in that `before` has not: those that answered, and those that succeeded after they failed. */
export const broughtIn = (before: Membership, after: Membership): number =>
  countNew(before.succeeded, after.succeeded) + countNew(before.failed, after.failed);

const countNew = (before: Uint8Array, after: Uint8Array): number =>
  countBits(after.map((bits, index) => bits & ~(before[index] ?? 0)));

const byIndex = (a: TaskResult, b: TaskResult): number => a.taskIndex - b.taskIndex;

const contains = ({ from, size }: TaskRange, taskIndex: number): boolean =>
  taskIndex >= from && taskIndex < from + size;

function isBetter(candidate: TaskResult, known: TaskResult): boolean {
  if (isFailure(candidate) !== isFailure(known)) return isFailure(known);
  return candidate.attempt < known.attempt;
}

export const countsOf = ({ range, successes, failures }: Chosen): Counts => ({
  expected: range.size,
  succeeded: successes.length,
  failed: failures.length,
});

export const membershipOf = ({ range, successes, failures, chunks, layers }: Chosen): Membership => ({
  succeeded: bitmap(range, successes),
  failed: bitmap(range, failures),
  chunks,
  ...(layers ? { layers } : {}),
});

/** The true counts of a stored membership. */
export const membershipCounts = (size: number, { succeeded, failed }: Membership): Counts => ({
  expected: size,
  succeeded: countBits(succeeded),
  failed: countBits(failed),
});

/** The task indexes of a range that are in neither bitmap, ascending. */
export function* missingIndexes({ from, size }: TaskRange, { succeeded, failed }: Membership): Generator<number> {
  for (let offset = 0; offset < size; offset++)
    if (!hasBit(succeeded, offset) && !hasBit(failed, offset)) yield from + offset;
}

function bitmap({ from, size }: TaskRange, results: readonly TaskResult[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(size / 8));
  for (const { taskIndex } of results) {
    const offset = taskIndex - from;
    bits[offset >> 3] = (bits[offset >> 3] ?? 0) | (1 << (offset & 7));
  }
  return bits;
}

const hasBit = (bits: Uint8Array, offset: number): boolean => (((bits[offset >> 3] ?? 0) >> (offset & 7)) & 1) === 1;

function countBits(bits: Uint8Array): number {
  let count = 0;
  for (const byte of bits) for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
}
