/** What API Gateway makes of a function's answer (payload format 2.0). */
import type { Outcome } from '../lambda/outcome.ts';

export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
}

export const NOT_FOUND = refusal(404, 'Not Found');
export const BAD_REQUEST = refusal(400, 'Bad Request');
export const TOO_LARGE = refusal(413, 'Request Entity Too Large');
export const INTERNAL_ERROR = refusal(500, 'Internal Server Error');
export const UNAVAILABLE = refusal(503, 'Service Unavailable');

/** The function's answer as a response; what it says that makes no response is a 500, as is its failure. */
export function responseOf(outcome: Outcome): HttpResponse {
  if ('error' in outcome) return INTERNAL_ERROR;
  const answer: unknown = JSON.parse(outcome.payload);
  if (typeof answer !== 'object' || answer === null || !('statusCode' in answer)) return inferred(answer);
  const { statusCode, headers = {}, body = '', cookies, isBase64Encoded } = answer as Record<string, unknown>;
  if (!isStatus(statusCode) || typeof body !== 'string') return INTERNAL_ERROR;
  const given = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return {
    statusCode,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...Object.fromEntries(given),
      ...(Array.isArray(cookies) && { 'set-cookie': cookies.map(String) }),
    },
    body: isBase64Encoded === true ? Buffer.from(body, 'base64') : body,
  };
}

function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599;
}

/** Without a status code the answer itself is the body: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
function inferred(answer: unknown): HttpResponse {
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: typeof answer === 'string' ? answer : JSON.stringify(answer),
  };
}

function refusal(statusCode: number, message: string): HttpResponse {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
}
