/**
 * The HTTP side of a root: what API Gateway is for the functions. Calls go to the handler of their route, whatever is no
 * route to the status function; refusals that API Gateway makes are made here, in its form.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';
import { messageOf } from '../shared/core/errors.ts';
import type { Clock } from '../shared/core/ports/runtime.ts';
import type { Telemetry } from '../shared/core/ports/telemetry.ts';
import type { CallerContext } from '../shared/http/owner.ts';
import { ROUTES, type Route } from '../shared/http/routes.ts';
import type { HttpEvent, HttpResult } from '../shared/http/serve.ts';
import { Bodies } from './bodies.ts';
import { httpEvent, splitTarget } from './http-event.ts';
import { invocationContext } from './invocation.ts';
import type { CheckToken } from './token.ts';

export type HttpHandler = (event: HttpEvent, context: Context) => Promise<HttpResult>;

export interface Serving {
  readonly handlers: Readonly<Record<Route['function'], HttpHandler>>;
  /** Left out where anyone may call. */
  readonly checkToken?: CheckToken;
  /** Why the root should get no calls; `undefined` while all is well. */
  readonly ailment: () => string | undefined;
  /** Calls under way at a time, from when their body is there; what comes while all are is a 503. */
  readonly calls: number;
  readonly bodies?: Bodies;
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
  const room: Room = { calls: serving.calls, bodies: serving.bodies ?? new Bodies() };
  const server = createServer(SERVER_MS, async (request, response) => {
    send(request, response, await answerTo(serving, room, request), !server.listening);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) };
}

/** What is left for further calls. A body that is slow to come takes none of their number: only what it has brought. */
interface Room {
  calls: number;
  readonly bodies: Bodies;
}

const BUSY = refusal(503, 'Service Unavailable', { 'retry-after': '1' });

async function closed(server: Server): Promise<void> {
  const done = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await done;
}

async function answerTo(serving: Serving, room: Room, request: IncomingMessage): Promise<Answer> {
  try {
    return await answered(serving, room, request);
  } catch (error) {
    if (request.readableAborted) return refusal(400, 'Bad Request');
    serving.telemetry.warn('call failed', { method: request.method, reason: messageOf(error, 500) });
    return refusal(500, 'Internal Server Error');
  }
}

async function answered(serving: Serving, room: Room, request: IncomingMessage): Promise<Answer> {
  const target = splitTarget(request.url);
  if (!target) return refusal(400, 'Bad Request');
  const route = routeOf(request.method, target.path);
  const ailment = route?.operationId === 'checkHealth' ? serving.ailment() : undefined;
  if (ailment) return refusal(503, ailment);
  const authorizer = await authorized(serving, route, request);
  if (authorizer === 'nobody') return refusal(401, 'Unauthorized', { 'www-authenticate': 'Bearer' });
  const answer = await room.bodies.read(request, async (body) => {
    const event = httpEvent({ request, requestId: randomUUID(), ...target, body, ...(authorizer && { authorizer }) });
    return handled(serving, room, serving.handlers[route?.function ?? 'status'], event);
  });
  if (answer === 'too-large') return refusal(413, 'Request Entity Too Large', { connection: 'close' });
  return answer === 'no-room' ? { ...BUSY, headers: { ...BUSY.headers, connection: 'close' } } : answer;
}

async function handled({ clock }: Serving, room: Room, handle: HttpHandler, event: HttpEvent): Promise<Answer> {
  if (room.calls === 0) return BUSY;
  room.calls -= 1;
  try {
    const { statusCode, headers, body, isBase64Encoded } = await handle(event, invocationContext(clock));
    return { statusCode, headers, body: isBase64Encoded ? Buffer.from(body, 'base64') : body };
  } finally {
    room.calls += 1;
  }
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

/** A caller may have hung up: then there is nobody to tell. */
function send(request: IncomingMessage, response: ServerResponse, answer: Answer, isClosing: boolean): void {
  if (response.destroyed) return;
  const { statusCode, headers = {}, body } = answer;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (isClosing) response.setHeader('connection', 'close');
  response.writeHead(statusCode, { 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}
