import { describe, expect, it } from 'vitest';
import { apiAuth, type CallerContext, ownerOf } from '../../shared/http/owner.ts';

const iam = (identity: NonNullable<CallerContext['authorizer']>['iam']): CallerContext => ({
  authorizer: { iam: identity },
});
const jwt = (claims: Record<string, unknown>): CallerContext => ({ authorizer: { jwt: { claims } } });

describe('the owner under IAM', () => {
  it('is a role, whatever its session', () => {
    expect(ownerOf(iam({ userId: 'AROAEXAMPLE:ann' }), 'iam')).toBe('AROAEXAMPLE');
    expect(ownerOf(iam({ userId: 'AROAEXAMPLE:bob' }), 'iam')).toBe('AROAEXAMPLE');
  });

  it('is a user', () => expect(ownerOf(iam({ userId: 'AIDAEXAMPLE' }), 'iam')).toBe('AIDAEXAMPLE'));
  it('is found as the caller, too', () => expect(ownerOf(iam({ callerId: 'AROAX:s' }), 'iam')).toBe('AROAX'));

  it('tells federated users of one account apart', () => {
    expect(ownerOf(iam({ userId: '123456789012:ann' }), 'iam')).toBe('123456789012:ann');
  });

  it('tells Cognito identities apart, who share a role', () => {
    const caller = iam({ userId: 'AROAX:CognitoIdentityCredentials', cognitoIdentity: { identityId: 'eu-west-2:7' } });
    expect(ownerOf(caller, 'iam')).toBe('cognito|eu-west-2:7');
  });

  it.each([
    [undefined],
    [{}],
    [iam(null)],
    [iam({ userId: '' })],
    [iam({ userId: ':session' })],
    [jwt({ iss: 'i', sub: 's' })],
  ])('is refused when the authorizer does not say (%j)', (context) =>
    expect(() => ownerOf(context, 'iam')).toThrow('sign the call'),
  );
});

describe('the owner of a token', () => {
  it('is its issuer and subject', () => {
    expect(ownerOf(jwt({ iss: 'https://id.example', sub: 'ann' }), 'jwt')).toBe('https://id.example|ann');
  });

  it.each([[undefined], [jwt({})], [jwt({ iss: 'i' })], [jwt({ iss: 'i', sub: '' })], [jwt({ iss: 'i', sub: 7 })]])(
    'is refused without them (%j)',
    (context) => expect(() => ownerOf(context, 'jwt')).toThrow('bearer token'),
  );

  it('is bounded, and still its own', () => {
    const owners = ['a', 'b'].map((end) => ownerOf(jwt({ iss: 'i', sub: `${'s'.repeat(3_000)}${end}` }), 'jwt'));
    expect(new Set(owners).size).toBe(2);
    for (const owner of owners) expect(owner.length).toBeLessThanOrEqual(256);
  });
});

it('is anonymous where anyone may call, whatever is claimed', () => {
  expect(ownerOf(iam({ userId: 'AIDAX' }), 'none')).toBe('anonymous');
  expect(ownerOf(undefined, 'none')).toBe('anonymous');
});

it('refuses another kind of authorization', () => {
  expect(apiAuth('jwt')).toBe('jwt');
  expect(() => apiAuth('basic')).toThrow('API_AUTH');
});
