import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeText, encodeText } from '../../shared/aws/claim-text.ts';
import { type Claim, claimKey, isClaim, lifetimeDays } from '../../shared/core/claim.ts';
import { DEADLINE_MS, LIMITS } from '../../shared/core/limits.ts';

const SHA256 = 'ab'.repeat(32);
const CLAIM: Claim = { sha256: SHA256, bytes: 10, days: 2 };

describe('what came from outside is a claim', () => {
  test.for([CLAIM, { ...CLAIM, encoding: 'gzip' }, { ...CLAIM, bytes: LIMITS.claimBytes }])('%j', (value) => {
    expect(isClaim(value)).toBe(true);
  });

  test.for([
    ['no object', SHA256],
    ['nothing', null],
    ['a list', [CLAIM]],
    ['a member that claims have not', { ...CLAIM, key: 'elsewhere' }],
    ['a prototype of its own', JSON.parse(`{"__proto__":{},"sha256":"${SHA256}","bytes":10,"days":2}`)],
    ['a hash in capitals', { ...CLAIM, sha256: SHA256.toUpperCase() }],
    ['a short hash', { ...CLAIM, sha256: 'ab' }],
    ['a hash with a path in it', { ...CLAIM, sha256: `../${SHA256}` }],
    ['a hash and a line', { ...CLAIM, sha256: `${SHA256}\n` }],
    ['no hash', { bytes: 10, days: 2 }],
    ['no size', { ...CLAIM, bytes: 0 }],
    ['half a byte', { ...CLAIM, bytes: 1.5 }],
    ['more bytes than a claim may have', { ...CLAIM, bytes: LIMITS.claimBytes + 1 }],
    ['a lifetime that is no class', { ...CLAIM, days: 3 }],
    ['a lifetime as a text', { ...CLAIM, days: '2' }],
    ['an encoding that is not ours', { ...CLAIM, encoding: 'br' }],
    ['no encoding, said so', { ...CLAIM, encoding: null }],
  ])('but not with %s', ([, value]) => {
    expect(isClaim(value)).toBe(false);
  });
});

describe('the key of a claim', () => {
  test('is made of its lifetime, the request and the hash', () => {
    expect(claimKey('7f9c-1', CLAIM)).toBe(`2d/7f9c-1/${SHA256}`);
  });

  test.for(['', '..', 'a/b', 'a b', 'a%2fb', 'a\n', 'é', 'x'.repeat(129)])('is none for the request id %j', (id) => {
    expect(() => claimKey(id, CLAIM)).toThrow(expect.objectContaining({ code: 'claim-tampered', retryable: false }));
  });

  test('is none for what is no claim', () => {
    expect(() => claimKey('id', { ...CLAIM, days: 3 as 2 })).toThrow(
      expect.objectContaining({ code: 'claim-tampered' }),
    );
  });
});

describe('the lifetime of a claim', () => {
  const day = 86_400;
  test.for([
    [1, 1],
    [day, 1],
    [day + 1, 2],
    [3 * day, 4],
    [32 * day, 32],
    [-5, 1],
  ] as const)('until %i s from now is %i days', ([seconds, days]) => {
    expect(lifetimeDays(1_000 + seconds, 1_000_999)).toBe(days);
  });

  test('covers the longest deadline with the longest retention, 30 days', () => {
    const seconds = DEADLINE_MS.max / 1_000 + 30 * day;
    expect(lifetimeDays(seconds, 0) * day).toBeGreaterThanOrEqual(seconds);
  });
});

describe('a stored text', () => {
  const json = JSON.stringify({ text: 'x'.repeat(5_000) });

  test('is gzipped only where that saves a tenth', async () => {
    const large = await encodeText(json);
    expect(large.said).toMatchObject({ encoding: 'gzip', bytes: json.length });
    expect(large.body.length).toBeLessThan(json.length / 10);
    expect((await encodeText('"a"')).said).not.toHaveProperty('encoding');
  });

  test.for([
    ['gives more bytes than it says', gzipSync(' '.repeat(50_000_000))],
    ['gives fewer', gzipSync('"x"')],
    ['is no gzip', Buffer.from(json)],
  ] as const)('that %s is tampered with', async ([, body]) => {
    const { said } = await encodeText(json);
    const tampered = expect.objectContaining({ code: 'claim-tampered' });
    await expect(decodeText({ ...said, days: 1 }, body)).rejects.toEqual(tampered);
  });

  test('that is what was said, but no JSON, is tampered with', async () => {
    const { said, body } = await encodeText('no JSON');
    await expect(decodeText({ ...said, days: 1 }, body)).rejects.toMatchObject({ code: 'claim-tampered' });
  });
});
