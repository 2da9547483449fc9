/** The published schemas and what reads envelopes say the same of the same message. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parseResultsEnvelope, parseTaskEnvelope } from '../../shared/core/parse-envelope.ts';
import { parsePresent } from '../../shared/core/roll-call/present.ts';
import { rollCallEnvelope } from '../../shared/core/roll-call/roll-call.ts';
import { ENVELOPE_NAMES, envelopeSchema } from '../../shared/http/envelope-schemas.ts';
import { aHeader } from '../support/builders.ts';
import { aRollCall } from '../support/roll-calls.ts';

const root = join(import.meta.dirname, '../..');
const ajv = new Ajv2020({ strict: false });
const READERS = { task: parseTaskEnvelope, results: parseResultsEnvelope, answer: parsePresent } as const;
/** What is read here; a roll-call is read by others alone. */
type Read = keyof typeof READERS;
const READ = Object.keys(READERS) as Read[];

const claim = { sha256: 'ab'.repeat(32), bytes: 300_000, days: 2 };
const error = { cause: 'leaf-error', message: 'no', retryable: true };
const whole = aHeader({ expected: 900, traceparent: '00-1-2-00', graceMs: 5, publishedAt: 7, values: 'claims' });

/** Envelopes that hold every member there is. */
const EXAMPLES: Record<Read, object> = {
  answer: {
    ...{ v: 1, kind: 'present', rollCallId: 'r', answersToken: 't', service: 'pricing', instanceId: 'i-1' },
    ...{ version: '1.2', address: 'https://queue', metadata: { load: 1 } },
  },
  task: {
    ...{ ...whole, attempt: 1, hedge: true, replyTo: 'queue' },
    tasks: [
      { taskIndex: 0, label: 'one', payload: { a: [1] } },
      { taskIndex: 1, claim: { ...claim, encoding: 'gzip' } },
      { taskIndex: 2, payload: null },
    ],
  },
  results: {
    ...whole,
    results: [
      { taskIndex: 0, attempt: 1, label: 'one', tookMs: 3, hedge: true, value: { b: 2 } },
      { taskIndex: 1, attempt: 1, claim },
      { taskIndex: 2, attempt: 2, error, payload: 3 },
      { taskIndex: 3, attempt: 2, error, claim },
      { taskIndex: 4, attempt: 2, error },
      { taskIndex: 5, attempt: 1, request: { job: 'sums', input: { from: 0 } } },
      { taskIndex: 6, attempt: 1, request: { job: 'sums', claim } },
      { taskIndex: 7, attempt: 1, value: null },
    ],
  },
};

type Path = readonly string[];

/** Every place in a value that holds something. */
const places = (value: unknown): Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, member]) => [[name], ...places(member).map((path) => [name, ...path])])
    : [];

const REMOVED = Symbol('removed');

function changed(value: unknown, [name = '', ...rest]: Path, by: unknown): unknown {
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  if (rest.length > 0) copy[name] = changed(copy[name], rest, by);
  else if (by === REMOVED) Array.isArray(copy) ? copy.splice(Number(name), 1) : delete copy[name];
  else copy[name] = by;
  return copy;
}

const OTHERS = [
  REMOVED,
  null,
  true,
  false,
  0,
  -1,
  1,
  2,
  1.5,
  2 ** 53,
  '',
  'x',
  'x'.repeat(129),
  'x'.repeat(1_025),
  [],
  {},
  claim,
];
/** Members that exclude each other, or that nobody knows. */
const ADDED = {
  value: 1,
  error,
  payload: 2,
  claim,
  request: { job: 'j', input: 1 },
  input: 1,
  unknown: { of: 'a later form' },
};

/** The example with each of its places changed to each other thing, and with something added to each of its objects. */
function* mutations(example: object): Generator<unknown> {
  yield example;
  for (const path of places(example)) for (const by of OTHERS) yield changed(example, path, by);
  for (const path of [[], ...places(example)]) {
    const at = path.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], example);
    if (typeof at !== 'object' || at === null || Array.isArray(at)) continue;
    for (const [name, value] of Object.entries(ADDED)) yield changed(example, [...path, name], value);
  }
}

/** What a schema cannot say: that one number is below another. */
const isBelowExpected = (body: unknown): boolean => {
  const { expected, tasks, results } = body as { expected: unknown; tasks?: unknown; results?: unknown };
  const list = (Array.isArray(tasks) ? tasks : Array.isArray(results) ? results : []) as { taskIndex?: unknown }[];
  return list.every((each) => !(Number(each?.taskIndex) >= Number(expected)));
};

function reads(read: (body: unknown) => unknown, body: unknown): boolean {
  try {
    read(body);
    return true;
  } catch {
    return false;
  }
}

describe.each(ENVELOPE_NAMES)('the schema of a %s envelope', (name) => {
  it('is published as it is generated: `npm run schemas` writes it', () => {
    const file = join(root, `docs/schemas/${name}.schema.json`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(envelopeSchema(name));
  });
});

describe.each(READ)('the schema of a %s envelope', (name) => {
  it('takes and refuses what is read and not read, whatever is changed', () => {
    const validate = ajv.compile(envelopeSchema(name));
    const verdicts = { taken: 0, refused: 0 };
    for (const body of mutations(EXAMPLES[name])) {
      if (!isBelowExpected(body)) continue;
      const isRead = reads(READERS[name], body);
      expect({ body, taken: validate(body) }).toEqual({ body, taken: isRead });
      verdicts[isRead ? 'taken' : 'refused']++;
    }
    expect(verdicts.taken).toBeGreaterThan(30);
    expect(verdicts.refused).toBeGreaterThan(80);
  });
});

it('the schema of a roll-call takes what is published', () => {
  const validate = ajv.compile(envelopeSchema('roll-call'));
  expect(validate(rollCallEnvelope(aRollCall({ services: ['pricing'] }), 'queue'))).toBe(true);
  expect(validate(rollCallEnvelope(aRollCall(), ''))).toBe(false);
});
