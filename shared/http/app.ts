/**
 * The HTTP side of a function: its operations by the table of routes, and everything that is the same for all of them.
 * Whatever goes wrong below becomes a problem; what is ours to blame is logged and tells the caller nothing.
 */
import { type Context, Hono } from 'hono';
import { messageOf } from '../core/errors.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import { refuseUnknownParameters } from './options.ts';
import { type ApiAuth, type CallerContext, ownerOf } from './owner.ts';
import { ProblemError, problemResponse } from './problem.ts';
import { type OperationId, ROUTES, type Route } from './routes.ts';

/** What Lambda's side hands in with each call. */
export interface AppEnv {
  Bindings: { readonly requestContext?: CallerContext };
  Variables: { owner: string };
}

/** One call of an operation. `call.var.owner` is the caller where the route is authorized. */
export type Call = Context<AppEnv>;
export type Operation = (call: Call) => Response | Promise<Response>;
export type App = Hono<AppEnv>;

export interface AppOptions {
  readonly auth: ApiAuth;
  readonly telemetry: Pick<Telemetry, 'warn'>;
  /** What this function serves, by operation; the rest of the table is another function's. */
  readonly operations: Partial<Record<OperationId, Operation>>;
}

/** An app that serves `operations`. Its 404 and 405 know every path of the API. */
export function createApp({ auth, telemetry, operations }: AppOptions): App {
  const app: App = new Hono();
  app.use(withCommonHeaders);
  for (const route of ROUTES) {
    const operation = operations[route.operationId];
    if (operation) app.on(route.method, honoPath(route.path), (call) => admit(call, route, auth, operation));
  }
  app.notFound(nothingHere);
  app.onError((error, call) => (error instanceof ProblemError ? told(error) : failed(error, call, telemetry)));
  return app;
}

const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

async function withCommonHeaders(call: Call, next: () => Promise<void>): Promise<void> {
  await next();
  const { headers } = call.res;
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  headers.set('x-content-type-options', 'nosniff');
}

function admit(call: Call, route: Route, auth: ApiAuth, operation: Operation): Response | Promise<Response> {
  if (route.auth) call.set('owner', ownerOf(call.env?.requestContext, auth));
  refuseUnknownParameters(new URL(call.req.url).searchParams, route.query);
  return operation(call);
}

/** A path of the API under another method, or no path of the API. */
function nothingHere({ req: { method, path } }: Call): Response {
  const allow = allowedMethods(path);
  if (allow.length === 0) return problemResponse('unknown-path', { detail: 'see /openapi.json for what there is' });
  const headers = { allow: allow.join(', ') };
  if (method === 'OPTIONS') return new Response(null, { status: 204, headers });
  return problemResponse('method-not-allowed', { detail: `allowed here: ${headers.allow}`, headers });
}

function allowedMethods(path: string): string[] {
  const methods: string[] = ROUTES.filter((route) => pathPattern(route.path).test(path)).map((route) => route.method);
  if (methods.length === 0) return [];
  return [...(methods.includes('GET') ? ['HEAD'] : []), ...methods, 'OPTIONS'].sort();
}

const pathPattern = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);

const told = ({ code, details }: ProblemError): Response => problemResponse(code, details);

function failed(error: Error, { req }: Call, telemetry: Pick<Telemetry, 'warn'>): Response {
  telemetry.warn('call failed', {
    method: req.method,
    path: req.path,
    error: error.name,
    reason: messageOf(error, 500),
    stack: error.stack,
  });
  return problemResponse('internal-error');
}
