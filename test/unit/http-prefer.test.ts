import { describe, expect, it } from 'vitest';
import { preferredWait, queriedWait } from '../../shared/http/prefer.ts';

describe('Prefer: wait', () => {
  it.each([
    ['wait=10', 10_000, 'wait=10'],
    ['wait=0', 0, 'wait=0'],
    ['WAIT=10', 10_000, 'wait=10'],
    ['wait="10"', 10_000, 'wait=10'],
    [' wait = 10 ', 10_000, 'wait=10'],
    ['respond-async, wait=10', 10_000, 'wait=10'],
    ['wait=10; strict, handling=lenient', 10_000, 'wait=10'],
    ['wait=10, wait=20', 10_000, 'wait=10'],
    ['wait=600', 25_000, 'wait=25'],
  ])('reads %j', (header, waitMs, applied) => {
    expect(preferredWait(header)).toEqual({ waitMs, applied });
  });

  it.each([
    [undefined],
    [''],
    ['wait'],
    ['wait='],
    ['wait=soon'],
    ['wait=-1'],
    ['wait=1.5'],
    ['wait="10'],
    ['await=10'],
    ['return=minimal'],
    ['wait=99999999999999999999'],
  ])('ignores %j', (header) => {
    expect(preferredWait(header)).toBeUndefined();
  });
});

describe('?wait=', () => {
  it('is none unless given', () => expect(queriedWait(undefined)).toBe(0));
  it('is in seconds', () => expect(queriedWait('25')).toBe(25_000));

  it.each(['', '-1', '1.5', '26', 'soon', '1e1', ' 1', '0x1'])('refuses %j, naming the limit', (wait) => {
    expect(() => queriedWait(wait)).toThrow('wait must be a whole number of seconds from 0 to 25');
  });
});
