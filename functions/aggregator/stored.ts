/** Results as they are kept: whoever sent them may be anybody's code, in any language. */
import { isFailure, type TaskResult } from '../../shared/core/envelope.ts';
import { tooLarge } from '../../shared/core/gathering.ts';
import { bytesOver, fits } from '../../shared/core/json.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { type WrittenChunk, written } from '../../shared/core/membership.ts';
import { ride } from '../../shared/core/pack.ts';

/** A result without the echoed payload and without what we do not know, and within the limits; `limit` is that of a value. */
export function stored(result: TaskResult, limit: number): TaskResult {
  const { taskIndex, attempt } = result;
  const named = {
    ...{ taskIndex, attempt, ...(result.hedge ? { hedge: true as const } : {}) },
    ...(result.label === undefined ? {} : { label: result.label.slice(0, LIMITS.labelLength) }),
  };
  if (isFailure(result)) {
    const { cause, message, retryable } = result.error;
    const error = {
      cause: cause.slice(0, LIMITS.causeLength),
      message: message.slice(0, LIMITS.messageLength),
      retryable,
    };
    return { ...named, error };
  }
  if (result.claim) return { ...named, claim: result.claim };
  const bytes = bytesOver(result.value, limit);
  if (bytes === undefined) return { ...named, value: result.value };
  return { ...named, error: { cause: 'result-too-large', message: tooLarge(bytes, limit), retryable: false } };
}

/** Results as chunks under new names, each of which an item has room for; their JSON is made once. */
export function chunksOf(results: readonly TaskResult[], newName: () => string): WrittenChunk[] {
  const one = written({ chunkId: newName(), results });
  if (fits(one.json, LIMITS.chunkBytes)) return [one];
  const groups = ride(results, LIMITS.tasksPerRequest, LIMITS.chunkBytes);
  return groups.map((riders) => written({ chunkId: newName(), results: riders }));
}
