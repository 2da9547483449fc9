/** The port `OwnerLedger` in the gatherings table: one set of open requests an owner, one item a key. */
import type { KeyClaim, OwnerLedger } from '../core/ports/owners.ts';
import { getItem, type Key, putIfAbsent, type Table, updateItem } from './table.ts';

const openKey = (owner: string): Key => ({ pk: `OWNER#${owner}`, sk: 'OPEN' });
const claimKeyOf = (owner: string, key: string): Key => ({ pk: `OWNER#${owner}`, sk: `KEY#${key}` });

const hasRoom = 'attribute_not_exists(openRequests) OR size(openRequests) < :limit';
const hasItsPlace = 'contains(openRequests, :requestId)';
const exists = 'attribute_exists(pk)';

export const createOwnerLedger = (table: Table): OwnerLedger => ({
  async open(owner, requestId, { limit, ttlEpochSeconds }) {
    const item = await updateItem(table, openKey(owner), {
      set: 'ADD openRequests :added SET ttlEpochSeconds = :ttlEpochSeconds',
      when: `${hasRoom} OR ${hasItsPlace}`,
      values: { added: new Set([requestId]), requestId, limit, ttlEpochSeconds },
    });
    return item === 'refused' ? 'too-many' : 'opened';
  },
  async release(owner, requestId) {
    await updateItem(table, openKey(owner), {
      set: 'DELETE openRequests :released',
      when: exists,
      values: { released: new Set([requestId]) },
    });
  },
  async openRequests(owner) {
    const item = await getItem(table, openKey(owner));
    return [...((item?.openRequests as Set<string> | undefined) ?? [])];
  },
  async readKey(owner, key, now) {
    const item = await getItem(table, claimKeyOf(owner, key));
    return item && item.ttlEpochSeconds > Math.floor(now / 1_000) ? (item as unknown as KeyClaim) : undefined;
  },
  async claimKey(owner, key, claim, now) {
    const outcome = await putIfAbsent(table, { ...claimKeyOf(owner, key), ...claim }, now);
    if (outcome === 'put') return claim;
    const item = await getItem(table, claimKeyOf(owner, key));
    return item ? (item as unknown as KeyClaim) : claim;
  },
});
