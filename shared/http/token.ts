/** Tokens that calls bring themselves: `Authorization: Bearer <token>` (RFC 6750). */
import { createHash, timingSafeEqual } from 'node:crypto';
import { ProblemError } from './problem.ts';

/** RFC 6750's characters; ours are far shorter than this. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]{1,256}=*)$/i;

/**
 * The token of a call.
 *
 * @throws ProblemError `no-token` when there is none, or the header has another form.
 */
export function bearerToken(authorization: string | undefined): string {
  const token = BEARER.exec(authorization?.trim() ?? '')?.[1];
  if (token !== undefined) return token;
  throw new ProblemError('no-token', {
    detail: 'send the token of the message as Authorization: Bearer <token>',
    errors: [{ field: 'Authorization', message: 'must be Bearer and a token' }],
    headers: { 'www-authenticate': 'Bearer' },
  });
}

/** Whether two tokens are the same; how long it takes says nothing of either. */
export const isSameToken = (left: string, right: string): boolean => timingSafeEqual(digestOf(left), digestOf(right));

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
