/** What the description says of each operation: in words, which headers it reads, and what it answers. */
import { LIMITS, RESULTS_MESSAGE_BYTES } from '../core/limits.ts';
import type { AnswerName } from './json-schema.ts';
import type { ParameterName, ResponseHeaderName, TokenScheme } from './openapi-parts.ts';
import type { ProblemCode } from './problem.ts';
import type { OperationId } from './routes.ts';

interface AnswerText {
  readonly description: string;
  /** The schema of the body: one of ours, or any JSON object. */
  readonly schema?: AnswerName | 'any';
  readonly headers?: readonly ResponseHeaderName[];
}

export interface BodyText {
  readonly description: string;
  readonly maxBytes: number;
  /** A schema of ours; any JSON without. */
  readonly schema?: 'rollCall';
}

export interface OperationText {
  readonly summary: string;
  readonly description?: string;
  readonly headers?: readonly ParameterName[];
  /** What a POST is to hold. */
  readonly body?: BodyText;
  /** The scheme of a token that is the authority of the call itself. */
  readonly token?: TokenScheme;
  readonly answers: Readonly<Record<number, AnswerText>>;
  readonly problems: readonly ProblemCode[];
}

const UNCHANGED: AnswerText = { description: 'It still is what If-None-Match names.', headers: ['ETag'] };

const submitRequest: OperationText = {
  summary: 'Submit a request',
  description:
    'Splits the input into tasks and gathers their results. With `Prefer: wait=N` the answer comes in this call if it ' +
    'is ready in time. A repeat with the same `Idempotency-Key` resumes the submission instead of making another.',
  headers: ['Prefer', 'Idempotency-Key', 'Callback-Secret'],
  body: { description: 'What the job takes.', maxBytes: LIMITS.inputBytes },
  answers: {
    200: {
      description: 'Closed within the wait: the answer.',
      schema: 'Request',
      headers: ['ETag', 'Preference-Applied'],
    },
    202: {
      description: 'Accepted; ask at `Location`.',
      schema: 'Accepted',
      headers: ['Location', 'Retry-After', 'Preference-Applied'],
    },
  },
  problems: [
    ...(['malformed-json', 'invalid-input', 'invalid-parameter', 'invalid-header', 'unknown-job'] as const),
    ...([
      'nobody-present',
      'input-too-large',
      'cannot-split',
      'impossible-policy',
      'key-reused',
      'too-many-open-requests',
    ] as const),
    ...(['answer-too-large'] as const),
  ],
};

export const OPERATIONS: Readonly<Record<OperationId, OperationText>> = {
  submitRequest,
  describeRequest: {
    summary: 'How a request stands, or its answer',
    description:
      'While it runs the counts are approximate: results may be counted twice, never left out. They are exact with ' +
      '`?partial=true`, which reads and folds what is in so far, and once the request is closed. `missing` counts what ' +
      'has not come in; tasks are named as missing only when the request is closed. An answer never changes at its version. ' +
      'Where a job lets late results amend it, further versions follow until `amendableUntil`.',
    headers: ['If-None-Match'],
    answers: {
      200: { description: 'The request.', schema: 'Request', headers: ['ETag', 'Retry-After'] },
      304: UNCHANGED,
    },
    problems: ['invalid-parameter', 'unknown-request', 'unknown-version', 'answer-too-large'],
  },
  cancelRequest: {
    summary: 'Cancel a request',
    description:
      'Closes it with what is known. A closed request stays as it is; either way the answer in force comes back.',
    answers: { 200: { description: 'The answer in force.', schema: 'Request', headers: ['ETag'] } },
    problems: ['invalid-parameter', 'unknown-request', 'answer-too-large'],
  },
  listResults: {
    summary: 'Single task results by page',
    description:
      'In task order. Once the request is closed every task has a row, and they change only with the version of the answer. While it runs there are ' +
      'only rows of results that have arrived: later ones may belong on pages already read.',
    answers: { 200: { description: 'A page.', schema: 'Results' } },
    problems: ['invalid-parameter', 'unknown-request'],
  },
  callRoll: {
    summary: 'Call the roll',
    description:
      'Asks every service that listens who is there, and answers who is, and who of those that are expected is not, at the ' +
      'latest when its window ends. It ends early once everybody who is expected has answered.',
    body: { description: 'Whom to ask, and how long to wait.', maxBytes: LIMITS.rollCallBytes, schema: 'rollCall' },
    answers: { 200: { description: 'Who is there.', schema: 'RollCall', headers: ['Location'] } },
    problems: ['malformed-json', 'invalid-input', 'invalid-parameter', 'input-too-large', 'answer-too-large'],
  },
  describeRollCall: {
    summary: 'How a roll-call ended',
    description: 'For who lost the connection. It never changes once the roll-call has ended.',
    answers: { 200: { description: 'Who is there.', schema: 'RollCall' } },
    problems: ['invalid-parameter', 'unknown-roll-call', 'answer-too-large'],
  },
  sendAnswer: {
    summary: 'Answer a roll-call',
    description:
      'For instances without credentials of AWS: what may as well go to the queue that the roll-call names. An unknown ' +
      'roll-call and a wrong token are told alike.',
    body: {
      description: '`service`, `instanceId`, and perhaps `version`, `address` and `metadata`.',
      maxBytes: LIMITS.answerBytes,
    },
    token: 'answersToken',
    answers: { 202: { description: 'Taken.', schema: 'AnswerTaken' } },
    problems: [
      ...(['malformed-json', 'invalid-answer', 'invalid-parameter', 'no-token', 'unknown-roll-call'] as const),
      ...(['roll-call-closed', 'input-too-large'] as const),
    ],
  },
  sendResults: {
    summary: 'Answer tasks of a request',
    description:
      'For leaves that are not part of this stack: the results of tasks that a task envelope handed out, which may as well ' +
      'go to the queue it names. A results envelope, or `leaf` and `results` of one; what the request itself says goes before ' +
      'whatever else is in it. An unknown request and a wrong token are told alike.',
    body: {
      description: 'A results envelope, version 1, or its `leaf` and `results`.',
      maxBytes: RESULTS_MESSAGE_BYTES,
    },
    token: 'resultsToken',
    answers: { 202: { description: 'Taken; they will be counted once.', schema: 'Taken' } },
    problems: [
      ...(['malformed-json', 'invalid-results', 'invalid-parameter', 'no-token', 'unknown-request'] as const),
      ...(['request-closed', 'input-too-large'] as const),
    ],
  },
  listJobs: {
    summary: 'The jobs that can be submitted',
    answers: { 200: { description: 'The jobs.', schema: 'Jobs' } },
    problems: ['invalid-parameter'],
  },
  describeApi: {
    summary: 'This description',
    answers: { 200: { description: 'An OpenAPI 3.1 document.', schema: 'any' } },
    problems: ['invalid-parameter'],
  },
  readSchema: {
    summary: 'The JSON Schema of an envelope',
    description: 'For whoever writes a leaf: what the messages between this stack and its leaves hold.',
    answers: { 200: { description: 'A JSON Schema (2020-12).', schema: 'any' } },
    problems: ['invalid-parameter', 'unknown-schema'],
  },
  checkHealth: {
    summary: 'Whether the API is there',
    description: 'Says nothing about what lies behind it.',
    answers: { 200: { description: 'It is.', schema: 'Health' } },
    problems: ['invalid-parameter'],
  },
};
