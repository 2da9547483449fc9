/** Answers to roll-calls as messages: what is taken, and what is refused by name. */
import { describe, expect, it } from 'vitest';
import { parsePresent } from '../../shared/core/roll-call/present.ts';

const answer = {
  ...{ v: 1, kind: 'present', rollCallId: 'r', answersToken: 't', service: 'pricing', instanceId: 'i-42' },
  ...{ version: '1.4.0', address: 'https://sqs.eu-west-2.amazonaws.com/1/q', metadata: { zone: 'a' } },
} as const;
const without = (name: string) => Object.fromEntries(Object.entries(answer).filter(([key]) => key !== name));

describe('an answer', () => {
  it('is read whole', () => expect(parsePresent(answer)).toEqual(answer));

  it.each(['version', 'address', 'metadata'])('may say no %s', (name) =>
    expect(parsePresent(without(name))).toEqual(without(name)),
  );

  it('may say more than we know, which is left out', () =>
    expect(parsePresent({ ...answer, mood: 'fine' })).toEqual(answer));

  it.each([
    ['nothing', null, 'the answer'],
    ['a list', [], 'the answer'],
    ['another version', { ...answer, v: 2 }, 'v must be 1'],
    ['another kind', { ...answer, kind: 'roll-call' }, 'kind'],
    ['no roll-call', without('rollCallId'), 'rollCallId'],
    ['no token', without('answersToken'), 'answersToken'],
    ['no service', without('service'), 'service'],
    ['no instance', without('instanceId'), 'instanceId'],
    ['a slash in a name', { ...answer, service: 'a/b' }, 'service'],
    ['a name of 129 characters', { ...answer, instanceId: 'i'.repeat(129) }, '128'],
    ['an address of 513 characters', { ...answer, address: 'a'.repeat(513) }, '512'],
    ['metadata that is a list', { ...answer, metadata: [1] }, 'metadata'],
    ['metadata over 2 KB', { ...answer, metadata: { text: 'x'.repeat(2_048) } }, 'over the limit of 2048'],
    ['metadata over 2 KB of other than ASCII', { ...answer, metadata: { text: 'ü'.repeat(1_024) } }, '2048'],
  ])('with %s is refused', (_, body, reason) => expect(() => parsePresent(body)).toThrow(reason));

  it('with metadata of just 2 KB is taken', () => {
    const metadata = { text: 'x'.repeat(2_048 - '{"text":""}'.length) };
    expect(parsePresent({ ...answer, metadata })).toEqual({ ...answer, metadata });
  });
});
