/** Amazon API Gateway's HTTP API: takes a request to its function and the answer back, within API Gateway's own limits. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Emit } from '../../events.ts';
import { LARGEST_PAYLOAD_BYTES } from '../lambda/function.ts';
import { proxyEvent } from './event.ts';
import {
  BAD_REQUEST,
  type HttpResponse,
  INTERNAL_ERROR,
  NOT_FOUND,
  responseOf,
  TOO_LARGE,
  UNAVAILABLE,
} from './response.ts';
import { matchRoute, type Route } from './routes.ts';

export interface HttpApiLimits {
  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html (read November 2026): 10 MB. */
  readonly bodyBytes: number;
  /** The longest that a function may take to answer, whatever the template says: 30 s. */
  readonly integrationTimeoutMs: number;
}

export type Serve = (request: IncomingMessage) => Promise<HttpResponse>;

/** Serves `routes`. */
export function httpApi(routes: readonly Route[], limits: HttpApiLimits, emit: Emit): Serve {
  return async (request) => {
    const requestId = randomUUID();
    const response = await answer(request, requestId, routes, limits, emit);
    return { ...response, headers: { ...response.headers, 'apigw-requestid': requestId } };
  };
}

async function answer(
  request: IncomingMessage,
  requestId: string,
  routes: readonly Route[],
  limits: HttpApiLimits,
  emit: Emit,
): Promise<HttpResponse> {
  const [rawPath = '/', rawQueryString = ''] = split(request.url ?? '/');
  const path = decoded(rawPath);
  if (path === undefined) return BAD_REQUEST;
  const match = matchRoute(routes, request.method ?? 'GET', path);
  if (!match) return NOT_FOUND;
  const body = await readBody(request, limits.bodyBytes);
  if (!body) return TOO_LARGE;
  const payload = JSON.stringify(proxyEvent({ request, requestId, body, path, rawQueryString }, match));
  if (Buffer.byteLength(payload) > LARGEST_PAYLOAD_BYTES) return TOO_LARGE;
  const { route } = match;
  const outcome = await withinTime(
    route.target.invoke({ event: payload }),
    Math.min(route.timeoutMs, limits.integrationTimeoutMs),
  );
  const response = responseTo(outcome);
  const responseBytes = Buffer.byteLength(response.body);
  emit({ kind: 'api-called', routeKey: route.key, requestBytes: body.length, responseBytes });
  return response;
}

/** API Gateway makes a 500 of Lambda's 429, and a 503 of what takes too long. */
function responseTo(outcome: Awaited<ReturnType<Route['target']['invoke']>> | undefined): HttpResponse {
  if (!outcome) return UNAVAILABLE;
  return typeof outcome === 'string' ? INTERNAL_ERROR : responseOf(outcome);
}

/** The outcome, or undefined if it takes too long. The function goes on: API Gateway merely stops waiting. */
async function withinTime<Result>(outcome: Promise<Result>, timeoutMs: number): Promise<Result | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), timeoutMs);
  try {
    return await Promise.race([outcome, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body, or undefined if it is larger than `limit`; what comes after that is thrown away, so that the answer can be read. */
function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= limit) chunks.push(chunk);
  });
  request.on('end', () => resolve(bytes <= limit ? Buffer.concat(chunks) : undefined));
  request.on('error', reject).on('close', () => reject(new Error('the caller hung up')));
  return promise;
}

function split(url: string): [string, string] {
  const mark = url.indexOf('?');
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
