/**
 * The port `ClaimStore` on S3. S3's client is about as much code as all else in a function, so it is loaded when a claim
 * is first met: a function that never meets one pays nothing for it.
 */
import { claimKey, claimMissing, claimTampered, lifetimeDays } from '../core/claim.ts';
import type { ClaimStore } from '../core/ports/claim-store.ts';
import type { Clock } from '../core/ports/runtime.ts';
import { requiredEnv } from '../env.ts';
import type { Bucket } from './bucket.ts';
import { decodeText, encodeText } from './claim-text.ts';
import { systemClock } from './system.ts';

export const createClaimStore = (open: () => Promise<Bucket>, clock: Pick<Clock, 'now'>): ClaimStore => ({
  async put(requestId, json, ttlEpochSeconds, signal) {
    const { said, body } = await encodeText(json);
    const claim = { ...said, days: lifetimeDays(ttlEpochSeconds, clock.now()) };
    const key = claimKey(requestId, claim);
    const bucket = await open();
    await bucket.put(key, body, claim.encoding, signal);
    return claim;
  },
  async get(requestId, claim, signal) {
    const key = claimKey(requestId, claim);
    const bucket = await open();
    const body = await bucket.get(key, claim.bytes, signal);
    if (body === 'missing') throw claimMissing(claim);
    if (body === 'too-large') throw claimTampered(claim, `has more than ${claim.bytes} bytes`);
    return decodeText(claim, body);
  },
  async link(requestId, claim, seconds) {
    const key = claimKey(requestId, claim);
    return (await open()).link(key, seconds);
  },
});

/** A function's claims, wired from its environment. */
export function claimsFromEnv(): ClaimStore {
  const bucketName = requiredEnv('CLAIMS_BUCKET_NAME');
  return createClaimStore(async () => (await import('./bucket.ts')).openBucket(bucketName), systemClock);
}
