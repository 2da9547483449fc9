/** Groups what settles about together. */
import type { Timers } from '../../shared/core/ports/runtime.ts';

/**
 * The values of `promises`, in groups: a group opens with a value and closes `lingerMs` later, or as soon as nothing is
 * left to wait for. Throws the first rejection.
 */
export async function* asTheyCome<Value>(
  promises: readonly Promise<Value>[],
  lingerMs: number,
  timers: Pick<Timers, 'after'>,
): AsyncGenerator<Value[]> {
  const pending = new Set<Promise<unknown>>();
  let group: Value[] = [];
  for (const promise of promises) {
    const settled: Promise<unknown> = promise.then((value) => {
      group.push(value);
      pending.delete(settled);
    });
    pending.add(settled);
  }
  while (pending.size > 0 || group.length > 0) {
    if (group.length === 0) await Promise.race(pending);
    if (pending.size > 0) await lingered(Promise.all(pending), lingerMs, timers);
    const values = group;
    group = [];
    yield values;
  }
}

async function lingered(all: Promise<unknown>, ms: number, timers: Pick<Timers, 'after'>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const callOff = timers.after(ms, resolve);
  await Promise.race([all, promise]).finally(() => callOff());
}
