/** What an environment of the aggregator remembers, and what comes again to it. */
import { describe, expect, it } from 'vitest';
import { aggregate } from '../../functions/aggregator/aggregate.ts';
import { createTaken, distinct } from '../../functions/aggregator/taken.ts';
import type { ResultsEnvelope, TaskResult } from '../../shared/core/envelope.ts';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import { aFailure, aHeader, aSuccess } from '../support/builders.ts';
import { aWorkshop, registered } from '../support/workshop.ts';

const SHAPE = { expected: 20, shardSize: 20 };
const report = (...results: TaskResult[]): ResultsEnvelope => ({ ...aHeader(SHAPE), results });

/** An aggregator whose writes are listed, and one of which may fail. */
async function anAggregator(failing?: 'mark' | 'readChunks') {
  const workshop = { ...aWorkshop(), taken: createTaken() };
  await registered(workshop.store, { ...SHAPE, scatteredAt: 1 });
  const writes: string[] = [];
  let fails = failing;
  const through = <Name extends 'putChunk' | 'mark' | 'readChunks'>(name: Name): GatheringStore[Name] =>
    (async (...call: never[]) => {
      writes.push(name);
      if (fails === name) {
        fails = undefined;
        throw new Error(`${name} failed`);
      }
      return Reflect.apply(workshop.store[name], workshop.store, call);
    }) as GatheringStore[Name];
  const store = {
    ...workshop.store,
    ...{ putChunk: through('putChunk'), mark: through('mark'), readChunks: through('readChunks') },
  };
  const aggregating = { ...workshop, store };
  return {
    aggregating,
    writes: () => writes.splice(0),
    take: (...results: TaskResult[]) => aggregate(aggregating, [report(...results)]),
    tally: () => workshop.store.inspect('request').head,
    kept: async () => {
      const chunks = await workshop.store.readChunks({ requestId: 'request', place: 'head' }, 'token');
      return chunks.flatMap((chunk) => chunk.results);
    },
  };
}

describe('a result that comes again', () => {
  it('to an environment that took it in is written no more', async () => {
    const { take, writes } = await anAggregator();
    await take(aSuccess(0), aFailure(1));
    expect(writes()).toEqual(['putChunk', 'mark']);
    await take(aFailure(1), aSuccess(0));
    expect(writes()).toEqual([]);
  });

  it('in one batch is written once', async () => {
    const { aggregating, kept } = await anAggregator();
    await aggregate(aggregating, [report(aSuccess(0)), report(aSuccess(1), aSuccess(0))]);
    expect((await kept()).map(({ taskIndex }) => taskIndex)).toEqual([0, 1]);
  });

  it('among others is left out', async () => {
    const { take, kept } = await anAggregator();
    await take(aSuccess(0));
    await take(aSuccess(0), aSuccess(1));
    expect((await kept()).map(({ taskIndex }) => taskIndex)).toEqual([0, 1]);
  });

  it('to another environment is written, and counted once where it is read', async () => {
    const { take, aggregating, writes, tally } = await anAggregator();
    await take(aSuccess(0));
    writes();
    await aggregate({ ...aggregating, taken: createTaken() }, [report(aSuccess(0))]);
    expect(writes()).toEqual(['putChunk', 'mark']);
    expect(tally()).toMatchObject({ arrived: 2, state: 'open' });
  });

  it.each([
    ['another outcome', aFailure(0), aSuccess(0)],
    ['another attempt', aFailure(0), aFailure(0, { attempt: 2 })],
    ['a copy', aSuccess(0), aSuccess(0, { hedge: true })],
  ])('with %s is taken in', async (_, first, second) => {
    const { take, writes } = await anAggregator();
    await take(first);
    writes();
    await take(second);
    expect(writes()).toEqual(['putChunk', 'mark']);
  });

  it('under another token is refused, whatever is known', async () => {
    const { take, aggregating, writes } = await anAggregator();
    await take(aSuccess(0));
    writes();
    const forged = { ...report(aSuccess(0)), resultsToken: 'guess' };
    await aggregate(aggregating, [forged]);
    await aggregate(aggregating, [forged]);
    expect(writes()).toEqual(['putChunk', 'mark', 'putChunk', 'mark']);
  });

  it('after a mark that failed is marked', async () => {
    const { take, tally } = await anAggregator('mark');
    await expect(take(aSuccess(0))).rejects.toThrow('mark failed');
    await take(aSuccess(0));
    expect(tally()).toMatchObject({ arrived: 1 });
  });

  it('after a look that failed is looked at again', async () => {
    const { take, tally } = await anAggregator('readChunks');
    const all = Array.from({ length: SHAPE.expected }, (_, task) => aSuccess(task));
    await take(...all.slice(1));
    await expect(take(aSuccess(0))).rejects.toThrow('readChunks failed');
    await take(aSuccess(0));
    expect(tally()).toMatchObject({ state: 'closed' });
  });

  it('late is late again: it may amend then', async () => {
    const { take, aggregating, writes } = await anAggregator();
    const at = aggregating.clock.now();
    await aggregating.store.beginClosing({ requestId: 'request', reason: 'cancelled', at, unscattered: true });
    await take(aSuccess(0));
    await take(aSuccess(0));
    expect(writes().filter((name) => name === 'mark')).toHaveLength(2);
  });
});

it('results of any task, attempt, copy and outcome are told apart', () => {
  const attempts = [1, 2, 10, 20, 21, 22, 1_000_000_000, Number.MAX_SAFE_INTEGER];
  const tasks = [...Array.from({ length: 30 }, (_, task) => task), 999_999];
  const all = tasks.flatMap((task) =>
    attempts.flatMap((attempt) =>
      [{ attempt }, { attempt, hedge: true } as const].flatMap((one) => [aSuccess(task, one), aFailure(task, one)]),
    ),
  );
  expect(distinct([...all, ...all])).toEqual(all);
  const taken = createTaken();
  taken.note(report(), all);
  expect(taken.without([report(...all)])).toEqual([]);
});

describe('what is remembered', () => {
  it('is the latest results, between as many as it is told and twice as many', () => {
    const taken = createTaken(10);
    const tasks = Array.from({ length: 1_000 }, (_, task) => task);
    for (const task of tasks) taken.note(report(), [aSuccess(task)]);
    const known = tasks.filter((task) => taken.without([report(aSuccess(task))]).length === 0);
    expect(known).toEqual(tasks.slice(-known.length));
    expect(known.length).toBeGreaterThanOrEqual(10);
    expect(known.length).toBeLessThanOrEqual(20);
  });

  it('does not leave reports that say nothing', () => {
    const taken = createTaken();
    taken.note(report(), [aSuccess(0)]);
    expect(taken.without([report(aSuccess(0)), report(aSuccess(0), aSuccess(1))])).toEqual([report(aSuccess(1))]);
  });
});
