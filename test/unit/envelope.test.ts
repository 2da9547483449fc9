import { describe, expect, test } from 'vitest';
import { headerOf, payloadOf } from '../../shared/core/envelope.ts';
import { InvalidEnvelopeError } from '../../shared/core/errors.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { parseResultsEnvelope, parseTaskEnvelope } from '../../shared/core/parse-envelope.ts';
import { aFailure, aHeader, aSuccess } from '../support/builders.ts';

const taskEnvelope = {
  ...aHeader(),
  attempt: 1,
  replyTo: 'queue',
  tasks: [{ taskIndex: 0, label: 'one', payload: { a: 1 } }],
};
const CLAIM = { sha256: 'ab'.repeat(32), bytes: 300_000, days: 2, encoding: 'gzip' } as const;
const REQUEST = { job: 'job', input: 1 };
const resultsEnvelope = { ...aHeader(), results: [aSuccess(0), aFailure(1), aSuccess(2, { value: null })] };

test('an envelope is read as it was written', () => {
  expect(parseTaskEnvelope(structuredClone(taskEnvelope))).toEqual(taskEnvelope);
  expect(parseResultsEnvelope(structuredClone(resultsEnvelope))).toEqual(resultsEnvelope);
});

test('what is kept outside of a message is a claim in it, of a payload or of a value', () => {
  const tasks = { ...taskEnvelope, tasks: [{ taskIndex: 0, claim: CLAIM }] };
  expect(parseTaskEnvelope(structuredClone(tasks))).toEqual(tasks);
  const error = { cause: 'leaf-error', message: 'no', retryable: true };
  const results = {
    ...aHeader(),
    results: [
      { taskIndex: 0, attempt: 1, claim: CLAIM },
      { taskIndex: 1, attempt: 1, error, claim: CLAIM },
      { taskIndex: 2, attempt: 1, error, payload: null },
    ],
  };
  expect(parseResultsEnvelope(structuredClone(results))).toEqual(results);
  expect(results.results.map(payloadOf)).toEqual([{ claim: CLAIM }, { claim: CLAIM }, { payload: null }]);
});

test('a result may be a request of its own, with its input or a claim of that', () => {
  const results = [
    { taskIndex: 0, attempt: 1, request: { job: 'job', input: null } },
    { taskIndex: 1, attempt: 1, tookMs: 3, label: 'one', request: { job: 'job', claim: CLAIM } },
  ];
  expect(parseResultsEnvelope({ ...aHeader(), results })).toEqual({ ...aHeader(), results });
});

test('a label that is too long is cut, and fails nothing', () => {
  const label = 'x'.repeat(1_000);
  const { tasks } = parseTaskEnvelope({ ...taskEnvelope, tasks: [{ taskIndex: 0, label, payload: 1 }] });
  const { results } = parseResultsEnvelope({ ...aHeader(), results: [aSuccess(0, { label })] });
  expect([tasks[0]?.label, results[0]?.label]).toEqual(Array(2).fill('x'.repeat(LIMITS.labelLength)));
});

test('a header is all that an answer echoes, with its trace where there is one', () => {
  expect(headerOf(taskEnvelope)).toEqual(aHeader());
  expect(headerOf({ ...taskEnvelope, values: 'claims' })).toEqual(aHeader({ values: 'claims' }));
  expect(headerOf({ ...taskEnvelope, traceparent: '00-ab-cd-01' })).toEqual(aHeader({ traceparent: '00-ab-cd-01' }));
});

describe('what is wrong is named', () => {
  const HEADER: readonly (readonly [string, unknown])[] = [
    ['v', 2],
    ['v', undefined],
    ['requestId', ''],
    ['requestId', 7],
    ['requestId', 'x'.repeat(1_025)],
    ['job', null],
    ['leaf', undefined],
    ['resultsToken', ['token']],
    ['jobVersion', 0],
    ['expected', 0],
    ['expected', 1.5],
    ['shardSize', '3'],
    ['shardSize', 2 ** 53],
    ['hops', -1],
    ['acceptedAt', Number.NaN],
    ['deadlineAt', undefined],
    ['expiresAt', Number.POSITIVE_INFINITY],
    ['traceparent', 'x'.repeat(129)],
    ['values', 'inline'],
    ['values', null],
  ];
  test.for(HEADER)('%s must not be %o', ([member, value]) => {
    for (const parse of [parseTaskEnvelope, parseResultsEnvelope]) {
      const parsing = () => parse({ ...taskEnvelope, ...resultsEnvelope, [member]: value });
      expect(parsing).toThrow(InvalidEnvelopeError);
      expect(parsing).toThrow(member);
    }
  });

  const TASKS: readonly (readonly [string, unknown])[] = [
    ['attempt', 0],
    ['replyTo', ''],
    ['tasks', []],
    ['tasks', {}],
    ['tasks', [null]],
    ['taskIndex', [{ taskIndex: -1 }]],
    ['taskIndex', [{ taskIndex: 3 }]],
    ['label', [{ taskIndex: 0, label: 7, payload: 1 }]],
    ['payload or claim', [{ taskIndex: 0 }]],
    ['exclude', [{ taskIndex: 0, payload: 1, claim: CLAIM }]],
    ['claim', [{ taskIndex: 0, claim: { ...CLAIM, key: '1d/another/request' } }]],
    ['claim', [{ taskIndex: 0, claim: null }]],
  ];
  test.for(TASKS)('of tasks: %s, %o', ([member, value]) => {
    const name = Array.isArray(value) && value[0] ? 'tasks' : member;
    expect(() => parseTaskEnvelope({ ...taskEnvelope, [name]: value })).toThrow(member);
  });

  const RESULTS: readonly (readonly [string, unknown])[] = [
    ['results', undefined],
    ['results', []],
    ['an entry of results', ['x']],
    ['taskIndex', [aSuccess(3)]],
    ['attempt', [aSuccess(0, { attempt: 0 })]],
    ['tookMs', [aSuccess(0, { tookMs: -1 })]],
    ['tookMs', [aSuccess(0, { tookMs: 0.5 })]],
    ['value or claim', [{ taskIndex: 0, attempt: 1 }]],
    ['value and claim', [{ taskIndex: 0, attempt: 1, value: 1, claim: CLAIM }]],
    ['value and error', [aFailure(0, { value: 1 } as object)]],
    ['payload and claim', [aFailure(0, { payload: 1, claim: CLAIM })]],
    ['claim', [{ taskIndex: 0, attempt: 1, claim: { ...CLAIM, sha256: `../${CLAIM.sha256}` } }]],
    ...['value', 'error', 'payload', 'claim'].map(
      (other) => [`${other} and request`, [{ taskIndex: 0, attempt: 1, request: REQUEST, [other]: 1 }]] as const,
    ),
    ['request', [{ taskIndex: 0, attempt: 1, request: null }]],
    ['job', [{ taskIndex: 0, attempt: 1, request: { input: 1 } }]],
    ['job', [{ taskIndex: 0, attempt: 1, request: { ...REQUEST, job: 'x'.repeat(129) } }]],
    ['input or claim', [{ taskIndex: 0, attempt: 1, request: { job: 'job' } }]],
    ['input and claim', [{ taskIndex: 0, attempt: 1, request: { ...REQUEST, claim: CLAIM } }]],
    ['claim', [{ taskIndex: 0, attempt: 1, request: { job: 'job', claim: 'x' } }]],
    ['error', [{ taskIndex: 0, attempt: 1, error: 'no' }]],
    ['cause', [{ taskIndex: 0, attempt: 1, error: { cause: '', message: '', retryable: true } }]],
    ['error.message', [{ taskIndex: 0, attempt: 1, error: { cause: 'x', retryable: true } }]],
    ['error.retryable', [{ taskIndex: 0, attempt: 1, error: { cause: 'x', message: '', retryable: 1 } }]],
  ];
  test.for(RESULTS)('of results: %s, %o', ([member, results]) => {
    expect(() => parseResultsEnvelope({ ...resultsEnvelope, results })).toThrow(member);
  });

  test.for([null, undefined, 7, 'text', []])('what is no object is no envelope: %o', (body) => {
    expect(() => parseTaskEnvelope(body)).toThrow(InvalidEnvelopeError);
    expect(() => parseResultsEnvelope(body)).toThrow(InvalidEnvelopeError);
  });
});

test('an invalid envelope is not worth another try', () => {
  expect(new InvalidEnvelopeError('no')).toMatchObject({ code: 'invalid-envelope', retryable: false });
});
