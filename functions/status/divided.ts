/** Tasks of a running request that wait for requests of their own, each with where that one is told of. */
import type { Head, TaskRange } from '../../shared/core/gathering.ts';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import { requestPath } from '../../shared/http/view.ts';

export interface DividedRow {
  readonly taskIndex: number;
  readonly status: 'divided';
  /** The request that it asked for: a path of the API. */
  readonly request: string;
}

/** The first `most` requests asked for from a task on, in task order; nothing is read where no task has asked for one. */
export async function readDivided(
  store: GatheringStore,
  { requestId, state, nests }: Head,
  { from, most }: { readonly from: number; readonly most: number },
): Promise<readonly DividedRow[]> {
  if (state !== 'open' || !nests) return [];
  const names = await store.readNested(requestId, { taskIndex: from, requestId: '' }, most);
  return names.map((name) => ({
    taskIndex: name.taskIndex,
    status: 'divided',
    request: requestPath(name.requestId),
  }));
}

/** The rows of what has come in at a place, and of tasks there that have divided and not answered yet; in task order. */
export function withDivided<Row extends { readonly taskIndex: number }>(
  rows: readonly Row[],
  divided: readonly DividedRow[],
  { from, size }: TaskRange,
): (Row | DividedRow)[] {
  const known = new Map<number, Row | DividedRow>(rows.map((row) => [row.taskIndex, row]));
  for (const row of divided)
    if (row.taskIndex >= from && row.taskIndex < from + size && !known.has(row.taskIndex))
      known.set(row.taskIndex, row);
  return [...known.values()].sort((a, b) => a.taskIndex - b.taskIndex);
}
