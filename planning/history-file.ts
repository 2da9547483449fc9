/** A job's history as an operator exports it from the gatherings table: `aws dynamodb query … > FILE`; see `HISTORY_EXPORT`. */
import { readFileSync } from 'node:fs';
import { EMPTY_SKETCH, mergedSketch, type Sketch } from '../shared/core/sketch.ts';

/** The command that writes such a file: the last two or three hours of one job. */
export const HISTORY_EXPORT = [
  'aws dynamodb query --table-name TABLE --key-condition-expression "pk = :job AND begins_with(sk, :kind)"',
  `  --expression-attribute-values '{":job":{"S":"JOB#NAME"},":kind":{"S":"HISTORY#"}}' > FILE`,
] as const;

/** Counts are in attributes of this name (shared/aws/history-store.ts), each a number of DynamoDB's JSON. */
const COUNT = /^leaf#(.+)#(\d+)$/;

/**
 * What the history in `path` says of the job's leaves, all hours together, by leaf.
 *
 * @throws Error saying why the file cannot be read as one.
 */
export function readHistory(path: string): ReadonlyMap<string, Sketch> {
  const leaves = new Map<string, Sketch>();
  for (const item of itemsOf(JSON.parse(readFileSync(path, 'utf8'))))
    for (const [name, value] of Object.entries(item)) {
      const [, leaf, bucket] = COUNT.exec(name) ?? [];
      const count = Number((value as { readonly N?: unknown }).N);
      if (leaf === undefined || bucket === undefined || !(count > 0)) continue;
      leaves.set(leaf, mergedSketch(leaves.get(leaf) ?? EMPTY_SKETCH, { [Number(bucket)]: count }));
    }
  if (leaves.size === 0) throw new Error('no leaf has answered in it');
  return leaves;
}

function itemsOf(document: unknown): readonly object[] {
  const items = (document as { readonly Items?: unknown } | null)?.Items;
  if (!Array.isArray(items)) throw new Error('it has no Items, as the answer of a query has');
  return items;
}
