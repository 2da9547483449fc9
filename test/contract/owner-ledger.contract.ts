/** What every `OwnerLedger` does, whoever implements it. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { KeyClaim, OwnerLedger } from '../../shared/core/ports/owners.ts';

const NOW = 1_700_000_000_000;

const places = (limit: number) => ({ limit, ttlEpochSeconds: NOW / 1_000 });

/** Runs the suite against the ledger that `open` makes. */
export function ownerLedgerContract(name: string, open: () => Promise<OwnerLedger>): void {
  describe(`owner ledger: ${name}`, () => {
    let ledger: OwnerLedger;
    let owner: string;
    beforeEach(async () => {
      ledger = await open();
      owner = randomUUID();
    });
    const claim = (changes: Partial<KeyClaim> = {}): KeyClaim => ({
      ...{ requestId: 'request', fingerprint: 'digest', resultsToken: 'token', ttlEpochSeconds: NOW / 1_000 + 60 },
      ...changes,
    });

    test('an owner has as many places as the limit says', async () => {
      expect(await ledger.open(owner, 'a', places(2))).toBe('opened');
      expect(await ledger.open(owner, 'b', places(2))).toBe('opened');
      expect(await ledger.open(owner, 'c', places(2))).toBe('too-many');
      expect((await ledger.openRequests(owner)).toSorted()).toEqual(['a', 'b']);
    });

    test('a request that has its place keeps it, even where all are taken', async () => {
      await ledger.open(owner, 'a', places(1));
      expect(await ledger.open(owner, 'a', places(1))).toBe('opened');
      expect(await ledger.openRequests(owner)).toEqual(['a']);
    });

    test('a place that was given back can be taken again', async () => {
      await ledger.open(owner, 'a', places(1));
      await ledger.release(owner, 'a');
      await ledger.release(owner, 'a');
      expect(await ledger.openRequests(owner)).toEqual([]);
      expect(await ledger.open(owner, 'b', places(1))).toBe('opened');
    });

    test('giving back what was never taken changes nothing', async () => {
      await ledger.open(owner, 'a', places(1));
      await ledger.release(owner, 'b');
      await ledger.release(randomUUID(), 'a');
      expect(await ledger.openRequests(owner)).toEqual(['a']);
    });

    test('owners do not share places', async () => {
      await ledger.open(owner, 'a', places(1));
      expect(await ledger.open(randomUUID(), 'b', places(1))).toBe('opened');
      expect(await ledger.openRequests(owner)).toEqual(['a']);
    });

    test('of many that race, no more are opened than there are places', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, index) => ledger.open(owner, `r${index}`, places(3))),
      );
      expect(outcomes.filter((outcome) => outcome === 'opened')).toHaveLength(3);
      expect(await ledger.openRequests(owner)).toHaveLength(3);
    });

    test('the first claim of a key is the one in force', async () => {
      expect(await ledger.claimKey(owner, 'key', claim(), NOW)).toMatchObject(claim());
      expect(await ledger.claimKey(owner, 'key', claim({ requestId: 'other' }), NOW)).toMatchObject(claim());
    });

    test('a key can be looked up without being bound', async () => {
      expect(await ledger.readKey(owner, 'key', NOW)).toBeUndefined();
      await ledger.claimKey(owner, 'key', claim(), NOW);
      expect(await ledger.readKey(owner, 'key', NOW + 59_999)).toMatchObject(claim());
      expect(await ledger.readKey(owner, 'key', NOW + 60_000)).toBeUndefined();
      expect(await ledger.readKey(owner, 'another key', NOW)).toBeUndefined();
      expect(await ledger.readKey(randomUUID(), 'key', NOW)).toBeUndefined();
    });

    test('of claims that race, all learn the same one', async () => {
      const claims = ['a', 'b', 'c'].map((requestId) => ledger.claimKey(owner, 'key', claim({ requestId }), NOW));
      expect(new Set((await Promise.all(claims)).map(({ requestId }) => requestId)).size).toBe(1);
    });

    test('a key is bound for its owner alone', async () => {
      await ledger.claimKey(owner, 'key', claim(), NOW);
      const other = claim({ requestId: 'other' });
      expect(await ledger.claimKey(randomUUID(), 'key', other, NOW)).toMatchObject(other);
      expect(await ledger.claimKey(owner, 'another key', other, NOW)).toMatchObject(other);
    });

    test('a key is free again when its claim has expired', async () => {
      await ledger.claimKey(owner, 'key', claim(), NOW);
      const next = claim({ requestId: 'next', ttlEpochSeconds: NOW / 1_000 + 600 });
      expect(await ledger.claimKey(owner, 'key', next, NOW + 59_999)).toMatchObject(claim());
      expect(await ledger.claimKey(owner, 'key', next, NOW + 60_000)).toMatchObject(next);
    });
  });
}
