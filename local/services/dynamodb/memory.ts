/**
 * What dynalite 4.0.0 keeps its items in: objects as they are, in the order of their keys, in place of its LevelDB in memory, which writes
 * each as JSON into a buffer and reads it again, behind streams and promises. To go when dynalite can be told to keep objects.
 */
import { Readable } from 'node:stream';

type Callback<Value = undefined> = (error: null, value?: Value) => void;

/** Bounds of keys, as LevelDB has them. */
export interface Range {
  readonly gte?: string;
  readonly gt?: string;
  readonly lte?: string;
  readonly lt?: string;
  readonly reverse?: boolean;
  /** Negative for all. */
  readonly limit?: number;
}

export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: object }
  | { readonly type: 'del'; readonly key: string };

/** What dynalite asks of a LevelDB. */
export interface LevelDb {
  get(key: string, callback: Callback<object>): void;
  put(key: string, value: object, callback: Callback): void;
  del(key: string, callback: Callback): void;
  batch(operations: readonly Operation[], callback: Callback): void;
  createKeyStream(range?: Range): Readable;
  createValueStream(range?: Range): Readable;
}

/** Has `store` keep everything from now on in memory; what it holds already it forgets. */
export function keepInMemory(store: { readonly db: LevelDb }): void {
  Object.assign(store.db, memory());
}

function memory(): LevelDb {
  const entries = new OrderedEntries();
  const apply = (operation: Operation) =>
    operation.type === 'put' ? entries.set(operation.key, operation.value) : entries.delete(operation.key);
  const done = (callback: Callback) => setImmediate(callback, null);
  return {
    get: (key, callback) => void setImmediate(callback, null, entries.get(key)),
    put: (key, value, callback) => {
      apply({ type: 'put', key, value });
      done(callback);
    },
    del: (key, callback) => {
      apply({ type: 'del', key });
      done(callback);
    },
    batch: (operations, callback) => {
      operations.forEach(apply);
      done(callback);
    },
    createKeyStream: (range = {}) => Readable.from(entries.keys(range)),
    createValueStream: (range = {}) => Readable.from(entries.keys(range).map((key) => entries.get(key))),
  };
}

/**
 * Entries by their keys. A key of dynalite's begins with what its partition is called, `item-<table>~<hash>/<key>/`, and so do both
 * bounds of a query: so each partition is kept in an order of its own, and nothing grows slow with the table.
 */
class OrderedEntries {
  readonly #values = new Map<string, object | Packed>();
  readonly #partitions = new Map<string, string[]>();

  get(key: string): object | undefined {
    const value = this.#values.get(key);
    return value instanceof Packed ? value.unpacked() : value;
  }

  set(key: string, value: object): void {
    if (!this.#values.has(key)) {
      const partition = partitionOf(key);
      const keys = this.#partitions.get(partition);
      if (keys) keys.splice(placeOf(key, keys), 0, key);
      else this.#partitions.set(partition, [key]);
    }
    this.#values.set(key, Object.values(value).some(isLong) ? new Packed(value) : value);
  }

  delete(key: string): void {
    if (!this.#values.delete(key)) return;
    const partition = partitionOf(key);
    const keys = this.#partitions.get(partition) ?? [];
    keys.splice(placeOf(key, keys), 1);
    if (keys.length === 0) this.#partitions.delete(partition);
  }

  keys({ gte, gt, lte, lt, reverse, limit = -1 }: Range): string[] {
    const [from, to] = [gte ?? gt ?? '', lte ?? lt];
    const partition = partitionOf(from);
    const all =
      to !== undefined && partition !== '' && partitionOf(to) === partition
        ? (this.#partitions.get(partition) ?? [])
        : [...this.#values.keys()].sort();
    const within = all.filter(
      (key) =>
        (gt === undefined ? key >= from : key > gt) && (lte === undefined ? to === undefined || key < to : key <= lte),
    );
    if (reverse) within.reverse();
    return limit < 0 ? within : within.slice(0, limit);
  }
}

const PARTITION = /^[^/]*\/[^/]*\//;
const partitionOf = (key: string): string => PARTITION.exec(key)?.[0] ?? '';

/** Where `key` is among `keys`, or would be. */
function placeOf(key: string, keys: readonly string[]): number {
  let [from, to] = [0, keys.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((keys[middle] ?? '') < key) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Of base64, in bytes. */
const LONG = 4_096;

const isLong = (member: unknown): boolean => memberB(member).length > LONG;
const memberB = (member: unknown): string => {
  const binary = (member as { readonly B?: unknown } | null | undefined)?.B;
  return typeof binary === 'string' ? binary : '';
};

/** An item whose long binaries are kept outside of V8's heap, whose limit is far below what a machine holds. */
class Packed {
  readonly #members: readonly (readonly [name: string, member: unknown])[];

  constructor(item: object) {
    this.#members = Object.entries(item).map(([name, member]) => [
      name,
      isLong(member) ? Buffer.from(memberB(member), 'latin1') : member,
    ]);
  }

  unpacked(): object {
    const members = this.#members.map(([name, member]) => [
      name,
      Buffer.isBuffer(member) ? { B: member.toString('latin1') } : member,
    ]);
    return Object.fromEntries(members);
  }
}
