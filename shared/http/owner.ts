/**
 * Who calls: the owner of what they submit. It is what API Gateway's authorizer proved, never what a caller says
 * (HTTP API developer guide, payload format 2.0, 2026-11).
 */
import { createHash } from 'node:crypto';
import { ProblemError } from './problem.ts';

/** The kind of principal the API authorizes. */
export type ApiAuth = 'iam' | 'jwt' | 'none';

/** The part of an event's request context that says who calls. */
export interface CallerContext {
  readonly authorizer?: {
    readonly iam?: {
      readonly userId?: string | null;
      readonly callerId?: string | null;
      readonly cognitoIdentity?: { readonly identityId?: string | null } | null;
    } | null;
    readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> | null } | null;
  };
}

/** Owners are part of keys: a longer one is known by its digest. */
const OWNER_LENGTH = 256;

/** Reads `API_AUTH`; throws naming it when it is none of the three. */
export function apiAuth(value: string): ApiAuth {
  if (value === 'iam' || value === 'jwt' || value === 'none') return value;
  throw new Error('environment variable API_AUTH is not iam, jwt or none');
}

/**
 * The owner behind a call: the IAM role or user id without its session, a token's issuer and subject, or `anonymous`.
 *
 * @throws ProblemError `no-identity` when the authorizer says nothing about the caller.
 */
export function ownerOf(context: CallerContext | undefined, auth: ApiAuth): string {
  if (auth === 'none') return 'anonymous';
  const owner = auth === 'iam' ? iamOwner(context) : jwtOwner(context);
  if (!owner) throw noIdentity(auth);
  return owner.length <= OWNER_LENGTH ? owner : `sha256:${createHash('sha256').update(owner).digest('hex')}`;
}

/** A role's id is the same for all its sessions, so a Cognito identity, which shares its role with others, goes first. */
function iamOwner(context: CallerContext | undefined): string | undefined {
  const iam = context?.authorizer?.iam;
  const identityId = iam?.cognitoIdentity?.identityId;
  if (identityId) return `cognito|${identityId}`;
  return withoutSession(iam?.userId || iam?.callerId || '');
}

/** `AROA…:session` is a role's session; a federated user is `<account>:<name>`, where the name tells who it is. */
const withoutSession = (id: string): string => (/^\d{12}:/.test(id) ? id : (id.split(':', 1)[0] ?? ''));

function jwtOwner(context: CallerContext | undefined): string | undefined {
  const { iss, sub } = context?.authorizer?.jwt?.claims ?? {};
  return typeof iss === 'string' && typeof sub === 'string' && iss && sub ? `${iss}|${sub}` : undefined;
}

const noIdentity = (auth: 'iam' | 'jwt'): ProblemError =>
  new ProblemError('no-identity', {
    detail: auth === 'iam' ? 'sign the call with AWS Signature Version 4' : 'send a bearer token with iss and sub',
    headers: { 'www-authenticate': auth === 'iam' ? 'AWS4-HMAC-SHA256' : 'Bearer' },
  });
