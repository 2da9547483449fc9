/**
 * What a caller is told when something is refused: `application/problem+json` (RFC 9457). A problem names the field and
 * the limit where there are such; it never carries a stack or anything of ours that broke.
 */
import { FanfoldError } from '../core/errors.ts';

/** Every problem by its code. The code is the last part of its type URI, and stays. */
export const PROBLEMS = {
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'invalid-input': { status: 400, title: 'The body is not what is taken here' },
  'invalid-parameter': { status: 400, title: 'A query parameter is not valid' },
  'invalid-header': { status: 400, title: 'A header is not valid' },
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'invalid-results': { status: 400, title: 'The results are not those of an envelope' },
  'no-identity': { status: 401, title: 'The caller is not known' },
  'invalid-answer': { status: 400, title: 'The answer is none to a roll-call' },
  'no-token': { status: 401, title: 'The call brings no token' },
  'unknown-job': { status: 404, title: 'There is no such job' },
  'unknown-request': { status: 404, title: 'There is no such request' },
  'unknown-roll-call': { status: 404, title: 'There is no such roll-call' },
  'unknown-version': { status: 404, title: 'There is no such version of the answer' },
  'unknown-schema': { status: 404, title: 'There is no such schema' },
  'unknown-path': { status: 404, title: 'There is nothing at this path' },
  'method-not-allowed': { status: 405, title: 'The path does not take this method' },
  'answer-too-large': { status: 406, title: 'The answer fits only when compressed' },
  'roll-call-closed': { status: 409, title: 'The roll-call takes no more answers' },
  'request-closed': { status: 409, title: 'The request takes no more results' },
  'nobody-present': { status: 409, title: 'Nobody whom the job asks is there' },
  'input-too-large': { status: 413, title: 'The body is over the limit' },
  'cannot-split': { status: 422, title: 'The input cannot be split into tasks' },
  'impossible-policy': { status: 422, title: 'The completion cannot be met' },
  'key-reused': { status: 422, title: 'The idempotency key stands for another submission' },
  'too-many-open-requests': { status: 429, title: 'Too many requests are open' },
  'internal-error': { status: 500, title: 'Something of ours failed' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One thing that is wrong: the field, parameter or header, and the limit it passed where there is one. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
  readonly limit?: number;
}

export interface ProblemDetails {
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A problem on its way to the caller. Throw it anywhere below `createApp`. */
export class ProblemError extends FanfoldError {
  declare readonly code: ProblemCode;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(code, details.detail ?? PROBLEMS[code].title);
    this.details = details;
  }
}

/** A problem about one field, parameter or header; its message is the detail too. */
export function fieldProblem(
  code: ProblemCode,
  field: string,
  message: string,
  limit?: number,
  headers?: Readonly<Record<string, string>>,
): ProblemError {
  const error = { field, message, ...(limit === undefined ? {} : { limit }) };
  return new ProblemError(code, { detail: `${field} ${message}`, errors: [error], ...(headers ? { headers } : {}) });
}

/** The answer a problem makes. */
export function problemResponse(code: ProblemCode, { detail, errors, headers }: ProblemDetails = {}): Response {
  const { status, title } = PROBLEMS[code];
  const body = { type: `urn:fanfold:problem:${code}`, title, status, code, detail, errors };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}
