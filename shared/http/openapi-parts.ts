/** The parameters, headers and security that operations of the description refer to. */
import { DEADLINE_MS, LIMITS, MAX_WAIT_MS } from '../core/limits.ts';
import { ENVELOPE_NAMES } from './envelope-schemas.ts';
import type { JsonSchema } from './json-schema.ts';
import type { ApiAuth } from './owner.ts';
import { REQUEST_ID } from './request-id.ts';

const MAX_WAIT_SECONDS = MAX_WAIT_MS / 1_000;

const integer = (minimum: number, maximum: number): JsonSchema => ({ type: 'integer', minimum, maximum });
const text = (more: JsonSchema = {}): JsonSchema => ({ type: 'string', ...more });

const parameter = (place: 'path' | 'query' | 'header', schema: JsonSchema, description: string) => ({
  in: place,
  ...(place === 'path' ? { required: true } : {}),
  description,
  schema,
});

const PARAMETERS = {
  job: parameter('path', text({ maxLength: 40 }), 'The name of a job.'),
  requestId: parameter('path', text({ pattern: REQUEST_ID.source }), 'As the submission answered it.'),
  rollCallId: parameter('path', text({ pattern: REQUEST_ID.source }), 'As the roll-call answered it.'),
  schema: parameter('path', text({ enum: ENVELOPE_NAMES }), 'The kind of envelope.'),
  deadlineMs: parameter(
    'query',
    integer(DEADLINE_MS.min, DEADLINE_MS.max),
    "How long the request may take, in ms; unless given, the job's own deadline.",
  ),
  completion: parameter(
    'query',
    text({ pattern: '^(all|when|(quorum|tolerate):([0-9]{1,9}|[0-9]{1,3}(\\.[0-9]{1,3})?%))$' }),
    'When the request may close: `all` (every task has answered), `quorum:<successes>` or `tolerate:<failures>`, ' +
      'each also as a share of the tasks (`quorum:80%`), or `when` where the job has a predicate; ' +
      "unless given, the job's own policy.",
  ),
  callback: parameter(
    'query',
    text({ format: 'uri', maxLength: LIMITS.callbackLength }),
    'An https address to be called, signed, when the request has closed; its host must be one that the deployment allows.',
  ),
  wait: parameter('query', integer(0, MAX_WAIT_SECONDS), 'Seconds to wait for the request to close.'),
  partial: parameter('query', { type: 'boolean' }, 'Whether to fold and count exactly what is in so far.'),
  version: parameter(
    'query',
    integer(1, LIMITS.tasksPerRequest),
    'The version of the answer to be shown; unless given, the one in force.',
  ),
  cursor: parameter('query', text(), 'From the `next` link of a page.'),
  limit: parameter(
    'query',
    { ...integer(1, LIMITS.resultsPage), default: 100 },
    'Rows of the page at most. A page of large results has fewer.',
  ),
  Prefer: parameter(
    'header',
    text({ examples: ['wait=10'] }),
    `\`wait=<seconds>\` (RFC 7240), ${MAX_WAIT_SECONDS} at most.`,
  ),
  'Idempotency-Key': parameter(
    'header',
    text({ minLength: 1, maxLength: LIMITS.idempotencyKeyLength, pattern: '^[!-~]+$' }),
    'Makes a submission safe to repeat. The same key with another submission is refused.',
  ),
  'Callback-Secret': parameter(
    'header',
    text({ pattern: '^(whsec_)?[A-Za-z0-9+/]+={0,2}$' }),
    'The key that the callback is signed with: 24 to 64 random bytes in base64.',
  ),
  'If-None-Match': parameter('header', text(), 'The ETag of what you have.'),
} as const;

export type ParameterName = keyof typeof PARAMETERS;

export const parameterRef = (name: string): JsonSchema => ({ $ref: `#/components/parameters/${name}` });

/** `components.parameters`. */
export const parameters = (): Record<string, JsonSchema> =>
  Object.fromEntries(Object.entries(PARAMETERS).map(([name, rest]) => [name, { name, ...rest }]));

const header = (schema: JsonSchema, description: string): JsonSchema => ({ description, schema });

const RESPONSE_HEADERS = {
  ETag: header(text(), 'Strong once the request is closed, weak while it runs.'),
  Location: header(text(), 'The path of the request.'),
  'Retry-After': header(integer(1, 30), 'Seconds after which to ask again; absent once the request is closed.'),
  'Preference-Applied': header(text({ examples: ['wait=10'] }), 'The wait that was granted, if one was asked for.'),
} as const;

export type ResponseHeaderName = keyof typeof RESPONSE_HEADERS;

/** `components.headers`. */
export const responseHeaders = (): Record<string, JsonSchema> => ({ ...RESPONSE_HEADERS });

export const headerRefs = (names: readonly ResponseHeaderName[]): JsonSchema =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const SECURITY: Record<Exclude<ApiAuth, 'none'>, JsonSchema> = {
  iam: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'AWS Signature Version 4 for the service execute-api.',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
  jwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
};

const TOKENS = {
  resultsToken: { type: 'http', scheme: 'bearer', description: 'The `resultsToken` of the task envelope.' },
  answersToken: { type: 'http', scheme: 'bearer', description: 'The `answersToken` of the roll-call.' },
} as const satisfies Record<string, JsonSchema>;

export type TokenScheme = keyof typeof TOKENS;

/** What the document says of tokens that calls bring themselves. */
export const tokenSchemes = (): Record<TokenScheme, JsonSchema> => TOKENS;

/** What the document says of how callers are authorized. */
export const securityOf = (auth: ApiAuth): { schemes: JsonSchema; required: JsonSchema[] } =>
  auth === 'none' ? { schemes: {}, required: [] } : { schemes: { [auth]: SECURITY[auth] }, required: [{ [auth]: [] }] };
