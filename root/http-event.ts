/**
 * A call as API Gateway hands it to a function: payload format 2.0 (HTTP API developer guide, "Create AWS Lambda proxy
 * integrations for HTTP APIs", 2026-11). Only what the functions read is there.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { CallerContext } from '../shared/http/owner.ts';
import type { HttpEvent } from '../shared/http/serve.ts';

/** The path, decoded, and the query as it came; `undefined` of what is no path. */
export function splitTarget(target = ''): { readonly path: string; readonly query: string } | undefined {
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  try {
    return path.startsWith('/') ? { path: decodeURIComponent(path), query } : undefined;
  } catch {
    return undefined;
  }
}

export interface ReceivedCall {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly path: string;
  readonly query: string;
  readonly body: Buffer;
  /** What was proved of the caller. */
  readonly authorizer?: CallerContext['authorizer'];
}

export function httpEvent({ request, requestId, path, query, body, authorizer }: ReceivedCall): HttpEvent {
  const headers = joinedHeaders(request);
  const event = {
    ...{ version: '2.0', routeKey: '$default', rawPath: path, rawQueryString: query, headers },
    requestContext: {
      ...(authorizer && { authorizer }),
      // Whatever a caller says the host is: nobody reads it, and it may be none.
      ...{ requestId, domainName: 'localhost', stage: '$default' },
      http: { method: request.method ?? 'GET', path, protocol: `HTTP/${request.httpVersion}` },
    },
    ...bodyOf(body),
  };
  return event as unknown as HttpEvent;
}

/** Lower-case names, several values joined by commas. */
function joinedHeaders({ headersDistinct }: IncomingMessage): Record<string, string> {
  const { cookie: _cookies, connection: _connection, ...kept } = headersDistinct;
  return Object.fromEntries(Object.entries(kept).map(([name, values = []]) => [name, values.join(',')]));
}

function bodyOf(body: Buffer): { readonly body?: string; readonly isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const isBase64Encoded = !isUtf8(body);
  return { body: body.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded };
}
