/** An app behind API Gateway: HTTP API events of payload format 2.0 in, their answers out. */
import { gzipSync } from 'node:zlib';
import { handle, type LambdaEvent } from 'hono/aws-lambda';
import type { App } from './app.ts';
import { type ProblemCode, type ProblemDetails, problemResponse } from './problem.ts';

/** An HTTP API event of payload format 2.0. */
export type HttpEvent = Extract<LambdaEvent, { rawPath: string }>;

export interface HttpResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Lambda's answer ends at 6 MB, counted as the JSON it is handed back in (Lambda quotas, 2026-11); with a margin. */
const MAX_RESULT_BYTES = 6_000_000;

/** Methods that the Fetch standard's requests refuse to have. Under another name they are a 405 like any unknown one. */
const REFUSED_METHODS = /^(connect|trace|track)$/i;

/** The Lambda handler of an app. It throws only what the app could not turn into an answer. */
export function serve(app: App): (event: HttpEvent) => Promise<HttpResult> {
  const respond = handle(app);
  return async (event) => {
    const result: HttpResult = await respond(readable(event));
    if (!isOurs(result))
      return problemResult('malformed-request', { detail: 'a header or the method is not valid HTTP' });
    return fitting(result, event.headers['accept-encoding']);
  };
}

/**
 * API Gateway hands over a decoded path, and a body with any method; the requests of the Fetch standard take neither.
 * The adapter drops empty headers: a space, which the standard trims, keeps them, so that they can be refused.
 */
function readable(event: HttpEvent): HttpEvent {
  const rawPath = event.rawPath.replaceAll('?', '%3F').replaceAll('#', '%23');
  const { requestContext } = event;
  const method = REFUSED_METHODS.test(requestContext.http.method) ? 'UNKNOWN' : requestContext.http.method;
  const headers = Object.fromEntries(Object.entries(event.headers).map(([name, value]) => [name, value || ' ']));
  return {
    ...event,
    rawPath,
    headers,
    requestContext: { ...requestContext, http: { ...requestContext.http, method } },
    body: ['GET', 'HEAD'].includes(method) ? null : event.body,
  };
}

/** Every refusal of ours is a problem; the adapter's own, for an event it cannot read, is plain text. */
const isOurs = ({ statusCode, headers }: HttpResult): boolean =>
  statusCode < 400 || headers?.['content-type'] === 'application/problem+json';

/** An answer over Lambda's limit goes compressed, if the caller takes that. */
async function fitting(result: HttpResult, acceptEncoding = ''): Promise<HttpResult> {
  if (result.body.length * 3 < MAX_RESULT_BYTES) return result;
  if (Buffer.byteLength(JSON.stringify(result.body)) < MAX_RESULT_BYTES) return result;
  if (!/\bgzip\b/i.test(acceptEncoding))
    return problemResult('answer-too-large', {
      detail: `ask at ${result.headers?.['content-location'] ?? 'this path'} with Accept-Encoding: gzip`,
      errors: [{ field: 'Accept-Encoding', message: 'must allow gzip for an answer of this size' }],
    });
  const headers = { ...result.headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' };
  return { ...result, headers, body: gzipSync(result.body).toString('base64'), isBase64Encoded: true };
}

async function problemResult(code: ProblemCode, details: ProblemDetails): Promise<HttpResult> {
  const response = problemResponse(code, details);
  const headers = { ...Object.fromEntries(response.headers), 'cache-control': 'no-store' };
  return { statusCode: response.status, headers, body: await response.text(), isBase64Encoded: false };
}
