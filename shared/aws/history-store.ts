/**
 * The port `HistoryStore` in the gatherings table: an item a job and hour with a number for each bucket, so that what
 * many have observed is added without reading; and a small one with the copies sent, whose writes are conditional.
 */
import { NO_PAST, type Past } from '../core/history.ts';
import type { HistoryPlace, HistoryStore } from '../core/ports/history-store.ts';
import type { Sketch } from '../core/sketch.ts';
import { getItem, type Item, type Key, type Table, updateItem } from './table.ts';

const keyOf = ({ job, window }: HistoryPlace, kind: 'HISTORY' | 'HEDGES'): Key => ({
  pk: `JOB#${job}`,
  sk: `${kind}#${window}`,
});

const fits = 'attribute_not_exists(hedged) OR hedged <= :room';

/** Counts added by one update: an expression is 4 KB at most (DynamoDB developer guide, Quotas, 2026-11). */
const COUNTS_AT_ONCE = 100;

export const createHistoryStore = (table: Table): HistoryStore => ({
  async add(place, observed, ttlEpochSeconds) {
    const counts = countsOf(observed);
    for (let from = 0; from < counts.length; from += COUNTS_AT_ONCE)
      await updateItem(
        table,
        keyOf(place, 'HISTORY'),
        adding(counts.slice(from, from + COUNTS_AT_ONCE), ttlEpochSeconds),
      );
  },
  async read(place) {
    const [past, hedges] = await Promise.all([
      getItem(table, keyOf(place, 'HISTORY')),
      getItem(table, keyOf(place, 'HEDGES')),
    ]);
    return { ...(past ? pastOf(past) : NO_PAST), hedged: (hedges?.hedged as number | undefined) ?? 0 };
  },
  async spend(place, copies, most, ttlEpochSeconds) {
    if (copies > most) return 'refused';
    const item = await updateItem(table, keyOf(place, 'HEDGES'), {
      set: 'ADD hedged :copies SET ttlEpochSeconds = :ttlEpochSeconds',
      when: fits,
      values: { copies, room: most - copies, ttlEpochSeconds },
    });
    return item === 'refused' ? item : 'spent';
  },
});

type Count = readonly [name: string, count: number];

function adding(counts: readonly Count[], ttlEpochSeconds: number) {
  const names = Object.fromEntries(counts.map(([name], index) => [`#c${index}`, name]));
  const values = Object.fromEntries(counts.map(([, count], index) => [`c${index}`, count]));
  return {
    set: `ADD ${counts.map((_, index) => `#c${index} :c${index}`).join(', ')} SET ttlEpochSeconds = :ttlEpochSeconds`,
    values: { ...values, ttlEpochSeconds },
    names,
  };
}

/** Attributes are named `leaf#<leaf>#<bucket>` and `size#<class>#<bucket>`. */
function countsOf({ tasks, leaves, sizes }: Past): Count[] {
  const buckets = (kind: string, sketches: Readonly<Record<string, Sketch>>): Count[] =>
    Object.entries(sketches).flatMap(([name, sketch]) =>
      Object.entries(sketch).map(([bucket, count]): Count => [`${kind}#${name}#${bucket}`, count]),
    );
  return [['tasks', tasks], ...buckets('leaf', leaves), ...buckets('size', sizes)];
}

function pastOf(item: Item): Past {
  const found = { leaf: {}, size: {} } as Record<string, Record<string, Record<number, number>>>;
  for (const [attribute, count] of Object.entries(item)) {
    const [kind = '', name, bucket] = attribute.split('#');
    if (name === undefined || bucket === undefined) continue;
    const sketches = found[kind] ?? {};
    sketches[name] = { ...sketches[name], [Number(bucket)]: count as number };
  }
  return { tasks: (item.tasks as number | undefined) ?? 0, leaves: found.leaf ?? {}, sizes: found.size ?? {} };
}
