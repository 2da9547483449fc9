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

/** A range's membership as it is kept: two bitmaps over the range, and the chunks that were read. */
export interface Membership {
  readonly succeeded: Uint8Array;
  readonly failed: Uint8Array;
  readonly chunks: readonly string[];
}

/** The chosen results of a range, in task order. */
export interface Chosen {
  readonly range: TaskRange;
  readonly successes: readonly SucceededResult[];
  readonly failures: readonly FailedResult[];
  readonly chunks: readonly string[];
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
  const results = [...best.values()].sort((a, b) => a.taskIndex - b.taskIndex);
  return {
    range,
    successes: results.filter((result): result is SucceededResult => !isFailure(result)),
    failures: results.filter(isFailure),
    chunks: ordered.map((chunk) => chunk.chunkId),
  };
}

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

export const membershipOf = ({ range, successes, failures, chunks }: Chosen): Membership => ({
  succeeded: bitmap(range, successes),
  failed: bitmap(range, failures),
  chunks,
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
