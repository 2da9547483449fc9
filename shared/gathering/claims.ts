/** What is small enough travels, or lies in an item; what is larger is kept outside, and its claim takes its place. */
import { type Claim, ClaimError } from '../core/claim.ts';
import { FanfoldError, messageOf } from '../core/errors.ts';
import { fits } from '../core/json.ts';
import { CLAIM_LINK_SECONDS, LIMITS } from '../core/limits.ts';
import type { ClaimStore } from '../core/ports/claim-store.ts';
import type { Clock } from '../core/ports/runtime.ts';

/** Whose claims, how long they are to be kept, and when nobody waits for them any more. */
export interface Keeping {
  readonly claims: ClaimStore;
  readonly requestId: string;
  readonly ttlEpochSeconds: number;
  readonly signal?: AbortSignal;
}

/**
 * A value as it goes on: itself while its `json` takes `inlineBytes` at most, or else its claim.
 *
 * @throws ClaimError `claim-too-large`, naming size and limit; `claim-unavailable`, which may pass.
 */
export async function keep(
  { claims, requestId, ttlEpochSeconds, signal }: Keeping,
  value: unknown,
  inlineBytes: number,
  json: string = JSON.stringify(value) ?? 'null',
): Promise<{ readonly value: unknown } | { readonly claim: Claim }> {
  if (fits(json, inlineBytes)) return { value };
  return { claim: await available(() => claims.put(requestId, json, ttlEpochSeconds, signal)) };
}

/**
 * What a claim of the request stands for.
 *
 * @throws ClaimError `claim-missing` or `claim-tampered`; `claim-unavailable`, which may pass.
 */
export const read = ({ claims, requestId, signal }: Omit<Keeping, 'ttlEpochSeconds'>, claim: Claim): Promise<unknown> =>
  available(() => claims.get(requestId, claim, signal));

/** Where anybody may read what a claim stands for, until it ends. */
export interface Link {
  readonly href: string;
  /** Of the JSON text, however it is encoded on its way. */
  readonly bytes: number;
  readonly expiresAt: number;
}

/** A link to what a claim of the request stands for; whether it is there is not asked. */
export async function linkTo(
  { claims, clock }: { readonly claims: ClaimStore; readonly clock: Pick<Clock, 'now'> },
  requestId: string,
  claim: Claim,
): Promise<Link> {
  const signedAt = Math.floor(clock.now() / 1_000);
  const href = await claims.link(requestId, claim, CLAIM_LINK_SECONDS);
  return { href, bytes: claim.bytes, expiresAt: (signedAt + CLAIM_LINK_SECONDS) * 1_000 };
}

/** A fault of what keeps the claims, by a code of ours: trying again may help, as it does not with a `ClaimError`. */
async function available<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof ClaimError) throw cause;
    const reason = messageOf(cause, LIMITS.messageLength);
    throw new FanfoldError('claim-unavailable', `a claim was not to be had: ${reason}`, { retryable: true, cause });
  }
}
