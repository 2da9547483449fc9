/**
 * Who calls, by a bearer token: checked as API Gateway's JWT authorizer does it (HTTP API developer guide, "Control access to
 * HTTP APIs with JWT authorizers", 2026-11): signed by a key of the issuer, with an RSA algorithm, from this issuer, for
 * this audience, and in force.
 */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Telemetry } from '../shared/core/ports/telemetry.ts';

export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
}

/** The claims of a token that is good; `undefined` of any other. */
export type CheckToken = (authorization: string | undefined) => Promise<Readonly<Record<string, unknown>> | undefined>;

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

/** What is wrong with the issuer's keys, and not with a token. */
const UNANSWERED: ReadonlySet<string> = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']);

/** How long the issuer may take to say where its keys are, in ms. */
const DISCOVERY_MS = 5_000;

/** `check` throws when the issuer cannot be asked for its keys: that is not the caller's fault. */
export function createTokenCheck({ issuer, audience }: TokenRules, telemetry: Pick<Telemetry, 'warn'>): CheckToken {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  const keysOnce = (): Promise<JWTVerifyGetKey> => {
    keys ??= keysOf(issuer).catch((error) => {
      keys = undefined;
      throw error;
    });
    return keys;
  };
  return async (authorization) => {
    const token = /^(?:Bearer +)?([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
    if (!token) return undefined;
    const key = await keysOnce();
    try {
      const { payload } = await jwtVerify(token, key, { issuer, algorithms: ALGORITHMS, requiredClaims: ['exp'] });
      return isFor(payload, audience) ? payload : undefined;
    } catch (error) {
      if (!(error instanceof errors.JOSEError) || UNANSWERED.has(error.code)) throw error;
      telemetry.warn('token refused', { reason: error.code });
      return undefined;
    }
  };
}

/** API Gateway reads `client_id` where there is no `aud`. */
function isFor({ aud, client_id: client }: JWTPayload, audience: string): boolean {
  return aud === undefined ? client === audience : [aud].flat().includes(audience);
}

/** Where the issuer's keys are, as OpenID Connect Discovery 1.0 has it. */
async function keysOf(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(DISCOVERY_MS) });
  const { jwks_uri: jwksUri } = (await response.json()) as { readonly jwks_uri?: unknown };
  if (!response.ok || typeof jwksUri !== 'string') throw new Error(`${url} names no keys`);
  return createRemoteJWKSet(new URL(jwksUri));
}
