/** What tells one submission from another under the same idempotency key. */
import { createHash } from 'node:crypto';

/** SHA-256 of some JSON values, in base64url; in which order members are written makes no difference. */
export const fingerprint = (...values: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(values, inOrder)).digest('base64url');

const inOrder = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;
