/**
 * The API as a caller uses it, wherever it runs: the local cloud, an emulator or a real account (`FANFOLD_API_URL`).
 * Calls to AWS are signed with the credentials of the environment.
 */
import { AwsClient } from 'aws4fetch';
import { inject } from 'vitest';

/** What the API's bodies hold, all together: a test reads the members that its call answers with. */
export interface Body {
  readonly requestId: string;
  readonly status: string;
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly { readonly field: string; readonly message: string; readonly limit?: number }[];
  readonly completion: string;
  readonly completionReason: string | null;
  readonly version: number;
  readonly tasks: {
    readonly expected: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly missing: number;
  };
  readonly coverage: number;
  readonly failed: readonly { readonly taskIndex: number; readonly cause: string; readonly message: string }[];
  readonly missing: readonly { readonly taskIndex: number; readonly label?: string; readonly cause: string }[];
  readonly aggregate: unknown;
  readonly error?: { readonly where: string; readonly message: string };
  readonly acceptedAt: number;
  readonly deadlineAt: number;
  readonly closedAt: number | null;
  readonly links: Readonly<Record<string, string>>;
  readonly results: readonly {
    readonly taskIndex: number;
    readonly status: string;
    readonly value?: unknown;
    readonly link?: { readonly href: string; readonly bytes: number; readonly expiresAt: number };
    readonly cause?: string;
    readonly request?: string;
  }[];
  readonly jobs: readonly { readonly job: string }[];
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface CallOptions {
  readonly method?: string;
  readonly body?: unknown;
  /** Sent as it is, instead of `body` as JSON. */
  readonly raw?: string;
  readonly headers?: Record<string, string>;
}

export const apiUrl = (): string => process.env.FANFOLD_API_URL ?? inject('apiUrl');

const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;

async function send(url: string, init: RequestInit): Promise<Response> {
  if (!new URL(url).hostname.endsWith('.amazonaws.com')) return fetch(url, init);
  const signer = new AwsClient({
    accessKeyId: AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '',
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
    service: 'execute-api',
  });
  return signer.fetch(url, init);
}

/** Calls the API at a path of it, or at a whole URL; bodies that are JSON come back parsed. */
export async function call(path: string, { method = 'GET', body, raw, headers }: CallOptions = {}): Promise<Answered> {
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const url = URL.canParse(path) ? path : `${apiUrl().replace(/\/$/, '')}${path}`;
  const response = await send(url, {
    method,
    ...(sent === undefined ? {} : { body: sent }),
    headers: { ...(sent === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') && text !== '';
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** Submits a job's input and waits for the answer in the same call. */
export const ask = (job: string, input: unknown, query = '', headers: Record<string, string> = {}): Promise<Answered> =>
  call(`/v1/jobs/${job}${query}`, { method: 'POST', body: input, headers: { prefer: 'wait=25', ...headers } });

/** Submits a job's input without waiting. */
export const submit = (job: string, input: unknown, query = '', headers: Record<string, string> = {}) =>
  call(`/v1/jobs/${job}${query}`, { method: 'POST', body: input, headers });

/** Long-polls a request until it is closed. */
export async function awaitAnswer(requestId: string, headers: Record<string, string> = {}): Promise<Answered> {
  for (;;) {
    const answered = await call(`/v1/requests/${requestId}?wait=20`, { headers });
    if (answered.body.status !== 'running') return answered;
  }
}
