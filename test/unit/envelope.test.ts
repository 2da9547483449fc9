import { describe, expect, test } from 'vitest';
import { headerOf, parseResultsEnvelope, parseTaskEnvelope } from '../../shared/core/envelope.ts';
import { InvalidEnvelopeError } from '../../shared/core/errors.ts';
import { aFailure, aHeader, aSuccess } from '../support/builders.ts';

const taskEnvelope = {
  ...aHeader(),
  attempt: 1,
  replyTo: 'queue',
  tasks: [{ taskIndex: 0, label: 'one', payload: { a: 1 } }],
};
const resultsEnvelope = { ...aHeader(), results: [aSuccess(0), aFailure(1), aSuccess(2, { value: null })] };

test('an envelope is read as it was written', () => {
  expect(parseTaskEnvelope(structuredClone(taskEnvelope))).toEqual(taskEnvelope);
  expect(parseResultsEnvelope(structuredClone(resultsEnvelope))).toEqual(resultsEnvelope);
});

test('a header is all that an answer echoes, with its trace where there is one', () => {
  expect(headerOf(taskEnvelope)).toEqual(aHeader());
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
    ['label', [{ taskIndex: 0, label: 7 }]],
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
    ['neither value nor error', [{ taskIndex: 0, attempt: 1 }]],
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
