/**
 * The HTTP side of a root: what API Gateway is for the functions. Calls go to the handler of their route, whatever is no
 * route to the status function; refusals that API Gateway makes are made here, in its form.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';
import { messageOf } from '../shared/core/errors.ts';
import type { Clock, Telemetry } from '../shared/core/ports.ts';
import type { CallerContext } from '../shared/http/owner.ts';
import { ROUTES, type Route } from '../shared/http/routes.ts';
import type { HttpEvent, HttpResult } from '../shared/http/serve.ts';
import { httpEvent, splitTarget } from './http-event.ts';
import { invocationContext } from './invocation.ts';
import { BODY_BYTES } from './limits.ts';
import type { CheckToken } from './token.ts';

export type HttpHandler = (event: HttpEvent, context: Context) => Promise<HttpResult>;

export interface Serving {
  readonly handlers: Readonly<Record<Route['function'], HttpHandler>>;
  /** Left out where anyone may call. */
  readonly checkToken?: CheckToken;
  /** Why the root should get no calls; `undefined` while all is well. */
  readonly ailment: () => string | undefined;
  /** Calls under way at a time; what comes while all are is a 503. */
  readonly calls: number;
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'warn'>;
}

export interface Listening {
  readonly port: number;
  /** Takes no further calls; resolves when those under way are answered. */
  close(): Promise<void>;
}

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string | string[]>> | undefined;
  readonly body: string | Buffer;
}

const refusal = (statusCode: number, message: string, headers: Record<string, string> = {}): Answer => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ message }),
});

/** Node's own limits of a call: longer than load balancers keep a connection idle, shorter than anyone sends a body for good reason. */
const SERVER_MS = { keepAliveTimeout: 65_000, headersTimeout: 10_000, requestTimeout: 60_000 } as const;

/** Listens on `port`, 0 for a free one. */
export async function listen(serving: Serving, port: number, host: string): Promise<Listening> {
  let underWay = 0;
  const server = createServer(SERVER_MS, async (request, response) => {
    underWay += 1;
    const answer = underWay > serving.calls ? BUSY : await answerTo(serving, request);
    underWay -= 1;
    send(request, response, answer, !server.listening);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) };
}

const BUSY = refusal(503, 'Service Unavailable', { 'retry-after': '1' });

async function closed(server: Server): Promise<void> {
  const done = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await done;
}

async function answerTo(serving: Serving, request: IncomingMessage): Promise<Answer> {
  try {
    return await answered(serving, request);
  } catch (error) {
    if (request.readableAborted) return refusal(400, 'Bad Request');
    serving.telemetry.warn('call failed', { method: request.method, reason: messageOf(error, 500) });
    return refusal(500, 'Internal Server Error');
  }
}

async function answered(serving: Serving, request: IncomingMessage): Promise<Answer> {
  const target = splitTarget(request.url);
  if (!target) return refusal(400, 'Bad Request');
  const route = routeOf(request.method, target.path);
  const ailment = route?.operationId === 'checkHealth' ? serving.ailment() : undefined;
  if (ailment) return refusal(503, ailment);
  const authorizer = await authorized(serving, route, request);
  if (authorizer === 'nobody') return refusal(401, 'Unauthorized', { 'www-authenticate': 'Bearer' });
  const body = await bodyOf(request);
  if (!body) return refusal(413, 'Request Entity Too Large', { connection: 'close' });
  const handle = serving.handlers[route?.function ?? 'status'];
  const event = httpEvent({ request, requestId: randomUUID(), ...target, body, ...(authorizer && { authorizer }) });
  const { statusCode, headers, body: text, isBase64Encoded } = await handle(event, invocationContext(serving.clock));
  return { statusCode, headers, body: isBase64Encoded ? Buffer.from(text, 'base64') : text };
}

const PATTERNS: readonly { readonly route: Route; readonly pattern: RegExp }[] = ROUTES.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

const routeOf = (method: string | undefined, path: string): Route | undefined =>
  PATTERNS.find(({ route, pattern }) => route.method === method && pattern.test(path))?.route;

/** What the token of a call proves; of an open route, or where anyone may call, nothing is asked. */
async function authorized(
  { checkToken }: Serving,
  route: Route | undefined,
  { headers }: IncomingMessage,
): Promise<CallerContext['authorizer'] | 'nobody'> {
  if (!checkToken || route?.auth === false) return undefined;
  const claims = await checkToken(headers.authorization);
  return claims ? { jwt: { claims } } : 'nobody';
}

/** The whole body; `undefined` when it is larger than API Gateway would take. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Without that the connection would end with the loop, before the refusal is sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/** A caller may have hung up: then there is nobody to tell. */
function send(request: IncomingMessage, response: ServerResponse, answer: Answer, isClosing: boolean): void {
  if (response.destroyed) return;
  const { statusCode, headers = {}, body } = answer;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (isClosing) response.setHeader('connection', 'close');
  response.writeHead(statusCode, { 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}
