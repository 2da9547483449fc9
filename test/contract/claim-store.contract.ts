/** What every `ClaimStore` does, whoever implements it. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { claimKey } from '../../shared/core/claim.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import type { ClaimStore } from '../../shared/core/ports/claim-store.ts';

const NOW = 1_700_000_000_000;
const TTL = NOW / 1_000 + 3_600;

export interface ClaimsInUse {
  readonly store: ClaimStore;
  /** Puts another text at a key. */
  overwrite(key: string, text: string): Promise<void>;
  remove(key: string): Promise<void>;
}

/** Runs the suite against the store that `open` makes, whose clock must stand at `now`. */
export function claimStoreContract(name: string, open: (clock: { now(): number }) => Promise<ClaimsInUse>): void {
  describe(`claim store: ${name}`, () => {
    let claims: ClaimsInUse;
    let requestId: string;
    beforeEach(async () => {
      claims = await open({ now: () => NOW });
      requestId = randomUUID();
    });
    const put = (value: unknown) => claims.store.put(requestId, JSON.stringify(value), TTL);

    test.for([
      ['null', null],
      ['a text beyond ASCII', 'London 🚂'],
      ['an object', { list: [1, { deep: null }], text: 'x'.repeat(10_000) }],
      ['what does not compress', randomBytes(300_000).toString('base64')],
    ] as const)('%s comes back as it went in', async ([, value]) => {
      expect(await claims.store.get(requestId, await put(value))).toEqual(value);
    });

    test('a claim says what is kept: hash, size, and the smallest lifetime that is long enough', async () => {
      const sha256 = createHash('sha256').update('"é"').digest('hex');
      expect(await put('é')).toMatchObject({ sha256, bytes: 4, days: 1 });
      expect(await claims.store.put(requestId, '1', NOW / 1_000 + 86_401)).toMatchObject({ bytes: 1, days: 2 });
    });

    test('the same text makes the same claim, however often it is put', async () => {
      expect(await put([1, 2])).toEqual(await put([1, 2]));
    });

    test('a text of the largest size comes back; one byte more is refused, naming size and limit', async () => {
      const largest = 'x'.repeat(LIMITS.claimBytes - 2);
      expect(await claims.store.get(requestId, await put(largest))).toBe(largest);
      await expect(put(`${largest}x`)).rejects.toMatchObject({
        ...{ code: 'claim-too-large', retryable: false },
        message: `the value takes ${LIMITS.claimBytes + 1} bytes, over the limit of ${LIMITS.claimBytes}`,
      });
    });

    test('what was removed is missing, for good', async () => {
      const claim = await put({ gone: true });
      await claims.remove(claimKey(requestId, claim));
      await expect(claims.store.get(requestId, claim)).rejects.toMatchObject({
        ...{ code: 'claim-missing', retryable: false },
      });
    });

    test("another request's claim is missing, and so is another lifetime's", async () => {
      const claim = await put('secret');
      await expect(claims.store.get(randomUUID(), claim)).rejects.toMatchObject({ code: 'claim-missing' });
      await expect(claims.store.get(requestId, { ...claim, days: 32 })).rejects.toMatchObject({
        code: 'claim-missing',
      });
    });

    test.for([
      ['another text of that size', '"other!"'],
      ['a shorter text', '"a"'],
      ['a longer text', `"${'x'.repeat(10_000)}"`],
      ['nothing', ''],
    ] as const)('%s in its place is tampering', async ([, text]) => {
      const claim = await put('secret');
      await claims.overwrite(claimKey(requestId, claim), text);
      await expect(claims.store.get(requestId, claim)).rejects.toMatchObject({
        ...{ code: 'claim-tampered', retryable: false },
      });
    });

    test('a forged claim, or a forged id, reaches no key', async () => {
      const claim = await put('secret');
      const climbing = { ...claim, sha256: `../${requestId}/${claim.sha256}` };
      await expect(claims.store.get('other', climbing)).rejects.toMatchObject({ code: 'claim-tampered' });
      await expect(claims.store.get(`x/../${requestId}`, claim)).rejects.toMatchObject({ code: 'claim-tampered' });
      await expect(claims.store.link('other', climbing, 60)).rejects.toMatchObject({ code: 'claim-tampered' });
    });

    test('a link names the object and how long it holds', async () => {
      const claim = await put('linked');
      const url = new URL(await claims.store.link(requestId, claim, 60));
      expect(url.pathname).toMatch(new RegExp(`/${claimKey(requestId, claim)}$`));
      expect([...url.searchParams.values()]).toContain('60');
    });
  });
}
