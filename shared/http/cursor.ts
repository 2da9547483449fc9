/** Where a results page begins, as callers pass it back: opaque, so that it may come to mean something else. */
import { LIMITS } from '../core/limits.ts';
import { fieldProblem } from './problem.ts';

export const cursorOf = (taskIndex: number): string => Buffer.from(`task:${taskIndex}`).toString('base64url');

/**
 * The task index behind a cursor; 0 when there is none.
 *
 * @throws ProblemError naming `cursor` when it is not one of ours.
 */
export function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const [, digits] = /^task:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  const taskIndex = Number(digits);
  if (taskIndex < LIMITS.tasksPerRequest && cursorOf(taskIndex) === cursor) return taskIndex;
  throw fieldProblem('invalid-parameter', 'cursor', 'is not one that a results page linked to');
}
