/** What every `HistoryStore` does, whoever implements it. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { mergedPast, NO_PAST, type Past, withAnswers, withCompletion } from '../../shared/core/history.ts';
import type { HistoryPlace, HistoryStore } from '../../shared/core/ports/history-store.ts';

const TTL = 2_000_000_000;

const answers = (latencies: readonly number[], leaf = 'leaf'): Past =>
  latencies.reduce((past, ms) => withAnswers(past, leaf, 1, ms), NO_PAST);

/** Runs the suite against the store that `open` makes. */
export function historyStoreContract(name: string, open: () => Promise<HistoryStore>): void {
  describe(`history store: ${name}`, () => {
    let store: HistoryStore;
    let place: HistoryPlace;
    beforeEach(async () => {
      store = await open();
      place = { job: randomUUID(), window: 7 };
    });

    test('of a window in which nothing was, it says nothing', async () => {
      expect(await store.read(place)).toEqual({ ...NO_PAST, hedged: 0 });
    });

    test('what several have observed adds up', async () => {
      const first = withCompletion(answers([1, 20, 20, 300], 'north'), 100, 450);
      const second = withCompletion(answers([20, 4_000], 'south'), 5, 90);
      await Promise.all([store.add(place, first, TTL), store.add(place, second, TTL)]);
      expect(await store.read(place)).toEqual({ ...mergedPast(first, second), hedged: 0 });
    });

    test('more is added than one update can name', async () => {
      const many = answers(
        Array.from({ length: 400 }, (_, index) => 1.05 ** index),
        'a-leaf-with-a-name-of-its-own',
      );
      await store.add(place, many, TTL);
      expect(await store.read(place)).toEqual({ ...many, hedged: 0 });
    });

    test('windows and jobs are kept apart', async () => {
      await store.add(place, answers([10]), TTL);
      await store.spend(place, 1, 1, TTL);
      expect(await store.read({ ...place, window: 8 })).toEqual({ ...NO_PAST, hedged: 0 });
      expect(await store.read({ ...place, job: 'another' })).toEqual({ ...NO_PAST, hedged: 0 });
    });

    test('never more copies are spent than may be, however many spend at once', async () => {
      const spent = await Promise.all(Array.from({ length: 20 }, () => store.spend(place, 2, 11, TTL)));
      expect(spent.filter((outcome) => outcome === 'spent')).toHaveLength(5);
      expect(await store.read(place)).toMatchObject({ hedged: 10 });
      expect(await store.spend(place, 1, 11, TTL)).toBe('spent');
      expect(await store.spend(place, 1, 11, TTL)).toBe('refused');
    });

    test('where nothing may be spent, nothing is', async () => {
      expect(await store.spend(place, 1, 0, TTL)).toBe('refused');
      expect(await store.read(place)).toMatchObject({ hedged: 0 });
    });
  });
}
