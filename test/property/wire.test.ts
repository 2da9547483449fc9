/** What travels: any text arrives as it left, and no message, however broken, does more than be refused. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidEnvelopeError } from '../../shared/core/errors.ts';
import { fits, wireBytes, wireJson } from '../../shared/core/json.ts';
import { parseResultsEnvelope, parseTaskEnvelope } from '../../shared/core/parse-envelope.ts';
import { aFailure, aHeader, aSuccess } from '../support/builders.ts';
import { check } from '../support/seed.ts';

const FILE = 'test/property/wire.test.ts';

/** Any UTF-16 at all: emoji, halves of them, and the code points that XML forbids. */
const codeUnits = fc.oneof(
  fc.nat({ max: 0xffff }),
  fc.constantFrom(0, 0x1f, 0x7f, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfffe, 0xffff),
);
const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.array(codeUnits).map((units) => String.fromCharCode(...units)),
);

/** The characters that SQS takes (SQS API reference, SendMessage, 2026-11). */
const TAKEN = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u;

test('any text arrives as it left, in characters that a message may hold', async () => {
  const property = fc.property(texts, (text) => {
    const json = wireJson({ [text]: text });
    expect(JSON.parse(json)).toEqual({ [text]: text });
    expect(json).toMatch(TAKEN);
    expect(wireBytes({ [text]: text })).toBe(Buffer.byteLength(json));
  });
  await check(FILE, property, 2_000);
});

test('it is known of any text whether it fits, counted or not', async () => {
  const property = fc.property(texts, fc.nat({ max: 200 }), (text, bytes) => {
    const json = JSON.stringify(text);
    expect(fits(json, bytes)).toBe(wireBytes(text) <= bytes);
    for (const near of [-1, 0]) expect(fits(json, wireBytes(text) + near)).toBe(near === 0);
  });
  await check(FILE, property, 2_000);
});

test('any JSON arrives as it left', async () => {
  const property = fc.property(fc.jsonValue(), (value) => {
    expect(JSON.parse(wireJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
  });
  await check(FILE, property, 500);
});

test('what JSON has no word for is null', () => {
  for (const value of [undefined, () => 1, Symbol('x')]) expect(wireJson(value)).toBe('null');
});

const envelopes = [
  { ...aHeader(), attempt: 1, replyTo: 'queue', tasks: [{ taskIndex: 0, label: 'one', payload: 1 }] },
  { ...aHeader(), results: [aSuccess(0), aFailure(1)] },
];

/** Every place in a value that holds something, as the path to it. */
const paths = (value: unknown): string[][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, member]) => [[name], ...paths(member).map((path) => [name, ...path])])
    : [];

function broken(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by;
  const copy: Record<string, unknown> = Array.isArray(value) ? [...value] : Object(value);
  return Object.assign(Array.isArray(value) ? [] : {}, copy, { [name]: broken(copy[name], rest, by) });
}

/** An envelope of which one member, at any depth, is anything else. */
const nearly = fc
  .constantFrom(...envelopes)
  .chain((envelope) => fc.tuple(fc.constant(envelope), fc.constantFrom(...paths(envelope)), fc.anything()))
  .map(([envelope, path, by]) => broken(envelope, path, by));

test('whatever comes in is an envelope or an InvalidEnvelopeError', async () => {
  const property = fc.property(fc.oneof(fc.anything({ withNullPrototype: true }), fc.jsonValue(), nearly), (body) => {
    for (const parse of [parseTaskEnvelope, parseResultsEnvelope])
      try {
        expect(parse(body)).toBe(body);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidEnvelopeError);
      }
  });
  await check(FILE, property, 3_000);
});

test('an envelope arrives as it left', async () => {
  const property = fc.property(texts, fc.jsonValue(), (text, value) => {
    const payload: unknown = JSON.parse(JSON.stringify(value));
    const sent = {
      ...aHeader({ requestId: `r${text}`.slice(0, 1_024) }),
      results: [aSuccess(0, { label: text, value: payload })],
    };
    expect(parseResultsEnvelope(JSON.parse(wireJson(sent)))).toEqual(sent);
  });
  await check(FILE, property, 500);
});
