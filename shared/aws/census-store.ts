/** The port `CensusStore` in the gatherings table: an item a service, all in one partition, changed at a version it had. */

import { type Census, type Member, noCensus } from '../core/roll-call/census.ts';
import type { CensusStore } from '../core/roll-call/ports.ts';
import { pack, unpack } from './keeping.ts';
import { getItem, glanceAtItem, glanceAtItems, type Item, type Key, type Table, updateItem } from './table.ts';

const PARTITION = 'CENSUS';
const keyOf = (service: string): Key => ({ pk: PARTITION, sk: service });

const isAbsent = 'attribute_not_exists(pk)';
const versionIsBefore = 'version = :before';

export const createCensusStore = (table: Table): CensusStore => ({
  async read(service) {
    return decode(service, await getItem(table, keyOf(service)));
  },
  async glance(services) {
    if (services)
      return Promise.all(services.map(async (service) => decode(service, await glanceAtItem(table, keyOf(service)))));
    const censuses: Census[] = [];
    for await (const item of glanceAtItems(table, PARTITION)) censuses.push(decode(item.sk as string, item));
    return censuses;
  },
  async put({ service, version, members }, ttlEpochSeconds) {
    const before = version - 1;
    const item = await updateItem(table, keyOf(service), {
      set: 'SET version = :version, members = :members, ttlEpochSeconds = :ttlEpochSeconds',
      when: before === 0 ? isAbsent : versionIsBefore,
      values: { version, members: pack([...members]), ttlEpochSeconds, ...(before === 0 ? {} : { before }) },
    });
    return item === 'refused' ? item : 'put';
  },
});

function decode(service: string, item: Item | undefined): Census {
  if (!item) return noCensus(service);
  return { service, version: item.version as number, members: new Map(unpack(item.members) as [string, Member][]) };
}
