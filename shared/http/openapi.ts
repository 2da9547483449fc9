/** The description of the API (OpenAPI 3.1), made from the table of routes, the schemas, and the jobs that are deployed. */
import type { Job } from '../core/job.ts';
import { jobPath } from './jobs-view.ts';
import {
  type AnswerName,
  answerSchemas,
  inputSchema,
  type JsonSchema,
  rollCallInputSchema,
  schemaRef,
} from './json-schema.ts';
import { type BodyText, OPERATIONS, type OperationText } from './openapi-operations.ts';
import { headerRefs, parameterRef, parameters, responseHeaders, securityOf, tokenSchemes } from './openapi-parts.ts';
import type { ApiAuth } from './owner.ts';
import { PROBLEMS, type ProblemCode } from './problem.ts';
import { type OperationId, ROUTES, type Route } from './routes.ts';

/** The document for these jobs under this kind of authorization. */
export function openApiDocument(jobs: readonly Job[], auth: ApiAuth): JsonSchema {
  const security = securityOf(auth);
  return {
    openapi: '3.1.0',
    info: { title: 'Fanfold', version: '1', description: INTRODUCTION },
    security: security.required,
    tags: [{ name: 'jobs' }, { name: 'requests' }, { name: 'roll-calls' }, { name: 'service' }],
    paths: pathsOf(jobs, auth),
    components: {
      securitySchemes: { ...security.schemes, ...tokenSchemes() },
      parameters: parameters(),
      headers: responseHeaders(),
      schemas: { ...answerSchemas(), ...Object.fromEntries(jobs.map((job) => [inputName(job), inputSchema(job)])) },
    },
  };
}

const INTRODUCTION =
  'Scatter-gather: one request is split into tasks, and what their leaves answer by the deadline is folded into one ' +
  'answer, with a plain statement of what is missing and why. Unknown query parameters and fields are refused. ' +
  'Refusals are application/problem+json (RFC 9457); what API Gateway itself refuses (403, 413, 429, 503) has its own form.';

/** Problems that any operation may answer, and any that asks who calls. */
const ANYWHERE = ['malformed-request', 'internal-error'] as const satisfies ProblemCode[];
const NO_IDENTITY = ['no-identity'] as const satisfies ProblemCode[];

const inputName = ({ name }: Job): string => `${name}.input`;

function pathsOf(jobs: readonly Job[], auth: ApiAuth): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of ROUTES) {
    const operation = operationOf(route, OPERATIONS[route.operationId], auth);
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
    if (route.operationId === 'submitRequest')
      for (const job of jobs) paths[jobPath(job.name)] = { post: submissionOf(job, operation, route) };
  }
  return paths;
}

function operationOf(route: Route & { operationId: OperationId }, text: OperationText, auth: ApiAuth): JsonSchema {
  const { operationId, path, query } = route;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const { summary, description, headers = [], body, token, answers, problems } = text;
  return {
    operationId,
    summary,
    ...(description ? { description } : {}),
    tags: [tagOf(path)],
    ...(route.auth ? {} : { security: token ? [{ [token]: [] }] : [] }),
    parameters: [...inPath, ...query, ...headers].map(parameterRef),
    ...(body ? { requestBody: bodyOf(body) } : {}),
    responses: {
      ...answersOf(answers),
      ...problemsOf([...problems, ...(route.auth && auth !== 'none' ? NO_IDENTITY : []), ...ANYWHERE]),
    },
  };
}

const tagOf = (path: string): string => /^\/v1\/(jobs|requests|roll-calls)/.exec(path)?.[1] ?? 'service';

/** A job's own submission: the generic one with the job's words, schema and example. */
function submissionOf(job: Job, generic: JsonSchema, route: Route): JsonSchema {
  const { description, example } = job;
  const media = { schema: schemaRef(inputName(job)), ...(example === undefined ? {} : { example }) };
  return {
    ...generic,
    operationId: `submit${pascal(job.name)}`,
    summary: `Submit ${job.name}`,
    ...(description ? { description } : {}),
    parameters: [...route.query, ...(OPERATIONS.submitRequest.headers ?? [])].map(parameterRef),
    requestBody: { required: true, content: { 'application/json': media } },
  };
}

const pascal = (name: string): string => name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

const bodyOf = ({ description, maxBytes, schema }: BodyText): JsonSchema => ({
  required: true,
  description: `JSON of ${maxBytes} bytes at most.`,
  content: {
    'application/json': { schema: { ...(schema === 'rollCall' ? rollCallInputSchema() : {}), description } },
  },
});

function answersOf(answers: OperationText['answers']): JsonSchema {
  const entries = Object.entries(answers).map(([status, { description, schema, headers = [] }]) => {
    const content = schema ? { content: { 'application/json': { schema: schemaOf(schema) } } } : {};
    return [status, { description, headers: headerRefs(headers), ...content }];
  });
  return Object.fromEntries(entries);
}

const schemaOf = (name: AnswerName | 'any'): JsonSchema => (name === 'any' ? { type: 'object' } : schemaRef(name));

/** Problems by their status, each saying its codes. */
function problemsOf(codes: readonly ProblemCode[]): JsonSchema {
  const byStatus = Object.groupBy(codes, (code) => PROBLEMS[code].status);
  const content = { 'application/problem+json': { schema: schemaRef('Problem') } };
  const entries = Object.entries(byStatus).map(([status, ofStatus = []]) => {
    const description = ofStatus.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' ');
    return [status, { description, content }];
  });
  return Object.fromEntries(entries);
}
