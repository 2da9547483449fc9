/**
 * Payload format 2.0, as API Gateway builds it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html (read November 2026)
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { ACCOUNT } from '../../template/identity.ts';
import { authorizer, OWNER_HEADER } from './authorizer.ts';
import type { Match } from './routes.ts';

export interface ReceivedRequest {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly body: Buffer;
  /** Decoded, as API Gateway has it in `rawPath` in spite of the name. */
  readonly path: string;
  readonly rawQueryString: string;
}

const TEXT = /^(text\/|application\/(json|javascript|xml)\b|[^;]+\+(json|xml)\b)/;

/** The event for the function that `match` leads to. */
export function proxyEvent(
  { request, requestId, body, path, rawQueryString }: ReceivedRequest,
  { route, pathParameters }: Match,
): object {
  const headers = joinedHeaders(request);
  const cookies = cookiesOf(request);
  const queryStringParameters = joinedQuery(rawQueryString);
  const allowed = authorizer(route.authorization, request);
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: path,
    rawQueryString,
    ...(cookies && { cookies }),
    headers,
    ...(queryStringParameters && { queryStringParameters }),
    requestContext: {
      accountId: ACCOUNT,
      apiId: 'local',
      ...(allowed && { authorizer: allowed }),
      domainName: request.headers.host ?? 'localhost',
      domainPrefix: 'local',
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: route.key,
      stage: '$default',
      ...instant(Date.now()),
    },
    ...(pathParameters && { pathParameters }),
    ...bodyOf(request, body),
  };
}

/** Lower-case names, several values joined by commas. Cookies are apart, and only the local cloud knows the owner's header. */
function joinedHeaders({ headersDistinct, socket, headers: { host } }: IncomingMessage): Record<string, string> {
  const { cookie: _cookies, connection: _connection, [OWNER_HEADER]: _owner, ...kept } = headersDistinct;
  const joined = Object.entries(kept).map(([name, values = []]) => [name, values.join(',')]);
  const port = host?.split(':').at(1) ?? '80';
  return {
    ...Object.fromEntries(joined),
    'x-forwarded-for': socket.remoteAddress ?? '127.0.0.1',
    'x-forwarded-port': port,
    'x-forwarded-proto': 'http',
  };
}

function cookiesOf({ headersDistinct: { cookie } }: IncomingMessage): string[] | undefined {
  return cookie?.flatMap((line) => line.split(/; */));
}

function joinedQuery(rawQueryString: string): Record<string, string> | undefined {
  const joined: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    const before = joined[name];
    joined[name] = before === undefined ? value : `${before},${value}`;
  }
  return Object.keys(joined).length > 0 ? joined : undefined;
}

function bodyOf({ headers }: IncomingMessage, body: Buffer): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const type = headers['content-type'];
  const saysText = type === undefined || TEXT.test(type.toLowerCase());
  const isText = saysText && !headers['content-encoding'] && isUtf8(body);
  return isText
    ? { body: body.toString('utf8'), isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

/** `12/Mar/2020:19:03:58 +0000`, and the same in epoch milliseconds. */
function instant(epochMs: number): { time: string; timeEpoch: number } {
  const [, day, month, year, time] = new Date(epochMs).toUTCString().split(/,? /);
  return { time: `${day}/${month}/${year}:${time} +0000`, timeEpoch: epochMs };
}
