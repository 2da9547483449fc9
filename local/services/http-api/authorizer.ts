/**
 * Who is calling. Nothing is verified here: an unsigned call is the owner `local`, and a header that AWS knows nothing of makes it
 * somebody else, so that one laptop can be several owners.
 */
import type { IncomingMessage } from 'node:http';
import { ACCOUNT } from '../../template/identity.ts';
import type { Authorization } from './routes.ts';

export const OWNER_HEADER = 'x-fanfold-owner';
const DEFAULT_OWNER = 'local';

/** `requestContext.authorizer` as the route's kind of authorization would fill it; undefined where nobody is asked. */
export function authorizer(authorization: Authorization, { headers }: IncomingMessage): object | undefined {
  const owner = String(headers[OWNER_HEADER] ?? DEFAULT_OWNER);
  if (authorization.kind === 'NONE') return undefined;
  if (authorization.kind === 'JWT') return { jwt: { claims: { iss: authorization.issuer, sub: owner }, scopes: null } };
  return {
    iam: {
      accessKey: 'LOCAL',
      accountId: ACCOUNT,
      callerId: owner,
      cognitoIdentity: null,
      principalOrgId: null,
      userArn: `arn:aws:iam::${ACCOUNT}:user/${owner}`,
      userId: owner,
    },
  };
}
