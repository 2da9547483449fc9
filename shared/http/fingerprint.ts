/** What tells one submission from another under the same idempotency key. */
import { createHash } from 'node:crypto';

/** SHA-256 of some JSON values, in base64url. */
export const fingerprint = (...values: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(values)).digest('base64url');
