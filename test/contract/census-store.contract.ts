/** What every `CensusStore` does, whoever implements it. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Census, noCensus } from '../../shared/core/roll-call/census.ts';
import type { CensusStore } from '../../shared/core/roll-call/ports.ts';

const TTL = 2_000_000_000;

/** Runs the suite against the store that `open` makes. */
export function censusStoreContract(name: string, open: () => Promise<CensusStore>): void {
  describe(`census store: ${name}`, () => {
    let store: CensusStore;
    let service: string;
    beforeEach(async () => {
      store = await open();
      service = randomUUID();
    });
    const census = (version: number, size = 2): Census => ({
      ...{ service, version },
      members: new Map(
        Array.from({ length: size }, (_, index) => [
          `i-${index}`,
          { history: index + 1, seenAt: 1_000 + index, ...(index % 2 ? { address: `https://q/${index}` } : {}) },
        ]),
      ),
    });

    test('of a service of which nothing is kept it says that', async () => {
      expect(await store.read(service)).toEqual(noCensus(service));
      expect(await store.glance([service])).toEqual([noCensus(service)]);
    });

    test('what is kept is read back, however many there are', async () => {
      expect(await store.put(census(1, 1_000), TTL)).toBe('put');
      expect(await store.read(service)).toEqual(census(1, 1_000));
      expect(await store.glance([service])).toEqual([census(1, 1_000)]);
    });

    test('a change is kept only on top of the one before', async () => {
      expect(await store.put(census(2), TTL)).toBe('refused');
      expect(await store.put(census(1), TTL)).toBe('put');
      expect(await store.put(census(1, 5), TTL)).toBe('refused');
      expect(await store.put(census(2, 3), TTL)).toBe('put');
      expect(await store.read(service)).toEqual(census(2, 3));
    });

    test('of many that race at one version, one is kept', async () => {
      const outcomes = await Promise.all([1, 2, 3, 4, 5].map((size) => store.put(census(1, size), TTL)));
      expect(outcomes.filter((outcome) => outcome === 'put')).toHaveLength(1);
    });

    test('all services are read where none is named', async () => {
      const other = { ...census(1), service: randomUUID() };
      await store.put(census(1), TTL);
      await store.put(other, TTL);
      const all = await store.glance();
      expect(all).toEqual(expect.arrayContaining([census(1), other]));
    });
  });
}
