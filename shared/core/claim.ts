/**
 * A claim stands for a JSON text that is kept outside of messages and items. It says what is kept, never where: whoever
 * reads it derives the key from the request they are working for, so no message can point into another request. What is
 * read is checked against the claim, so no one can put something else in its place.
 */
import { FanfoldError } from './errors.ts';
import { CLAIM_DAYS, type ClaimDays, LIMITS } from './limits.ts';

export interface Claim {
  /** SHA-256 of the text as UTF-8, before compression: 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Of that text, as UTF-8. */
  readonly bytes: number;
  /** Its lifetime class: what is kept is removed after so many days. */
  readonly days: ClaimDays;
  /** How it is stored, if not as it is. */
  readonly encoding?: 'gzip';
}

export type ClaimErrorCode = 'claim-missing' | 'claim-tampered' | 'claim-too-large';

/** What a claim stands for cannot be had, or kept. Trying again would not mend it. */
export class ClaimError extends FanfoldError {
  declare readonly code: ClaimErrorCode;

  constructor(code: ClaimErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause });
  }
}

/** A claim is missing: never kept, past its lifetime, or kept for another request. */
export const claimMissing = ({ sha256, days }: Claim, cause?: unknown): ClaimError =>
  new ClaimError(
    'claim-missing',
    `there is nothing for the claim ${sha256.slice(0, 12)}…: it was kept ${days} days at most, if at all`,
    cause,
  );

/** What is kept is not what the claim says. */
export const claimTampered = ({ sha256 }: Claim, why: string): ClaimError =>
  new ClaimError('claim-tampered', `what is kept for the claim ${sha256.slice(0, 12)}… ${why}`);

/** A text is larger than one claim may be. */
export const claimTooLarge = (bytes: number): ClaimError =>
  new ClaimError('claim-too-large', `the value takes ${bytes} bytes, over the limit of ${LIMITS.claimBytes}`);

/** What a fold meets in place of a value, and an aggregate may hold, where a job's values are claims. */
export interface ClaimReference {
  readonly $claim: Claim;
}

/** Whether a part of an aggregate is a reference, and nothing else. */
export function isReference(value: unknown): value is ClaimReference {
  const members = Object.entries(value ?? {});
  return members.length === 1 && members[0]?.[0] === '$claim' && isClaim(members[0][1]);
}

const SHA256 = /^[0-9a-f]{64}$/;
const MEMBERS: ReadonlySet<string> = new Set(['sha256', 'bytes', 'days', 'encoding']);

/** Whether something that came from outside has exactly the form of a claim. */
export function isClaim(value: unknown): value is Claim {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (Object.keys(value).some((member) => !MEMBERS.has(member))) return false;
  const { sha256, bytes, days, encoding } = value as Record<string, unknown>;
  return (
    typeof sha256 === 'string' &&
    SHA256.test(sha256) &&
    Number.isInteger(bytes) &&
    (bytes as number) > 0 &&
    (bytes as number) <= LIMITS.claimBytes &&
    CLAIM_DAYS.includes(days as ClaimDays) &&
    (encoding === undefined || encoding === 'gzip')
  );
}

/** What a request's id may hold as a part of a key: nothing that ends a part, climbs, or needs an escape. */
const KEY_PART = /^[\w-]{1,128}$/;

/**
 * Where what a claim stands for is kept, for the request that reads it.
 *
 * @throws ClaimError `claim-tampered` when either has a form that ours never have.
 */
export function claimKey(requestId: string, claim: Claim): string {
  if (!KEY_PART.test(requestId) || !isClaim(claim))
    throw new ClaimError('claim-tampered', 'the claim, or the id of its request, is malformed');
  return `${claim.days}d/${requestId}/${claim.sha256}`;
}

const DAY_SECONDS = 86_400;

/** The smallest lifetime class that outlives `ttlEpochSeconds`, for what is kept from `now` (epoch ms) on. */
export function lifetimeDays(ttlEpochSeconds: number, now: number): ClaimDays {
  const seconds = ttlEpochSeconds - Math.floor(now / 1_000);
  return CLAIM_DAYS.find((days) => days * DAY_SECONDS >= seconds) ?? LONGEST;
}

const LONGEST = CLAIM_DAYS[CLAIM_DAYS.length - 1] as ClaimDays;
