/**
 * The emulator behind SQS, SNS and S3: fauxqs, on loopback only (`startFauxqs` would listen on every interface), with what it
 * forgives and AWS does not refused again, and calls of our own that skip the network.
 */
import type { AddressInfo } from 'node:net';
import { buildApp } from 'fauxqs';
import { countMessaging, countS3, nameIn } from '../billing/messaging.ts';
import type { Meter } from '../billing/meter.ts';
import type { Caller, Callers } from './intercept.ts';
import { type Withheld, withhold } from './partial-failure.ts';
import { hidesMissingKey, refusedAccess, type S3Call, s3Call } from './s3/calls.ts';
import { allowAstralCharacters } from './sqs/astral.ts';
import { type Disorder, disorderlyStores } from './sqs/disorder.ts';
import { type Refusal, refusal } from './strictness.ts';

export interface Messaging {
  readonly endpoint: string;
  /** Calls an SQS action. Throws what SQS answers if it refuses. */
  sqs(action: string, body: object): Promise<Record<string, unknown>>;
  /** Calls an SNS action. Throws what SNS answers if it refuses. */
  sns(action: string, parameters: Readonly<Record<string, string>>): Promise<string>;
  /** Makes a bucket of S3. */
  createBucket(name: string): Promise<void>;
  /** Makes `queueName` the emulator's own affair, which AWS would bill nobody for. */
  hide(queueName: string): void;
  close(): Promise<void>;
}

const SQS_CONTENT = 'application/x-amz-json-1.0';
const SNS_CONTENT = 'application/x-www-form-urlencoded';

type App = ReturnType<typeof buildApp>;
interface Reply {
  status(code: number): Reply;
  headers(headers: Record<string, string>): Reply;
  send(body: string): unknown;
}
type MessageCall = { readonly service: 'sqs' | 'sns'; readonly action: string; readonly body: Record<string, unknown> };
type Call = MessageCall | S3Call;

export interface MessagingOptions {
  readonly region: string;
  readonly callers: Callers;
  readonly meter: Meter;
  /** Without it, queues hand out everything once, in the order it came. */
  readonly disorder?: Disorder;
}

/** Starts SQS, SNS and S3 for `region` on a free loopback port. */
export async function startMessaging({ region, callers, meter, disorder }: MessagingOptions): Promise<Messaging> {
  await allowAstralCharacters();
  const stores = disorder && (await disorderlyStores(disorder));
  const app = buildApp({ logger: false, defaultRegion: region, ...(stores && { stores }) });
  guard(app, callers);
  const hidden = new Set<string>();
  count(app, meter, hidden);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    sqs: async (action, body) => {
      const headers = { 'content-type': SQS_CONTENT, 'x-amz-target': `AmazonSQS.${action}` };
      return JSON.parse(await post(app, headers, JSON.stringify(body))) as Record<string, unknown>;
    },
    sns: (action, parameters) =>
      post(app, { 'content-type': SNS_CONTENT }, new URLSearchParams({ Action: action, ...parameters }).toString()),
    createBucket: async (name) => {
      const { statusCode, payload } = await app.inject({ method: 'PUT', url: `/${name}` });
      if (statusCode >= 300) throw new Error(payload);
    },
    hide: (queueName) => void hidden.add(queueName),
    close: async () => {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

/** Fastify's own way in: measured here at three quarters of the time of a keep-alive connection, for a send, a receive and a delete. */
async function post(app: App, headers: Record<string, string>, payload: string): Promise<string> {
  const response = await app.inject({ method: 'POST', url: '/', headers, payload });
  if (response.statusCode >= 300) throw new Error(response.payload);
  return response.payload;
}

/** Before fauxqs sees a call: is it one that AWS would refuse, and does a test have plans for it? */
function guard(app: App, callers: Callers): void {
  const toKill = new WeakMap<object, Caller>();
  const toAmend = new WeakMap<object, Withheld>();
  app.addHook('preHandler', (request, reply, next) => {
    const call = callOf(request.headers, request.body) ?? s3Call(request);
    if (!call) return next();
    const refused = call.service === 's3' ? refusedAccess(request, Date.now()) : refusal(call.action, call.body);
    if (refused) return void refuse(reply, call, refused.status ?? 400, refused);
    const [verdict, caller] = callers.judge(request.headers.authorization, call);
    if (verdict === 'refuse') return void refuse(reply, call, 500, REFUSED_BY_TEST);
    if (verdict === 'throttle')
      return void refuse(reply, call, THROTTLED[call.service].status, THROTTLED[call.service]);
    if (typeof verdict === 'object' && call.service !== 's3' && call.action.endsWith('Batch')) {
      const withheld = withhold(call, verdict.failEntries);
      if (!withheld.some) return void reply.headers(answerHeaders(call)).send(withheld.answer());
      toAmend.set(request, withheld);
    }
    if (verdict === 'kill-before') {
      caller?.kill();
      return void reply.hijack();
    }
    if (verdict === 'kill-after' && caller) toKill.set(request, caller);
    next();
  });
  app.addHook('onSend', (request, reply, payload, next) => {
    toKill.get(request)?.kill();
    const call = s3Call(request);
    const hidden = call && hidesMissingKey(reply.statusCode, payload);
    if (!hidden) return next(null, toAmend.get(request)?.answer(String(payload)) ?? payload);
    reply.status(hidden.status ?? 400);
    next(null, errorBody(call, hidden));
  });
}

/** As each service words it, in the API reference's common errors (SQS, SNS) and error responses (S3), read November 2026. */
const THROTTLED: Readonly<Record<Call['service'], Refusal & { readonly status: number }>> = {
  sqs: { code: 'RequestThrottled', message: 'The request was denied due to request throttling.', status: 400 },
  sns: { code: 'Throttling', message: 'Rate exceeded', status: 400 },
  s3: { code: 'SlowDown', message: 'Please reduce your request rate.', status: 503 },
};
/** Every call that was answered, but for the failures that are AWS's own. */
function count(app: App, meter: Meter, hidden: ReadonlySet<string>): void {
  app.addHook('onSend', (request, reply, payload, next) => {
    const call = reply.statusCode < 500 ? callOf(request.headers, request.body) : undefined;
    if (call && !hidden.has(nameIn(call.body.QueueUrl))) countMessaging(meter, call, String(payload));
    if (!call && reply.statusCode < 500) countS3(meter, request.method, request.url);
    next();
  });
}

const REFUSED_BY_TEST: Refusal = { code: 'InternalFailure', message: 'refused by the test' };

function refuse(reply: Reply, call: Call, status: number, refused: Refusal): void {
  reply.status(status).headers(errorHeaders(call, refused)).send(errorBody(call, refused));
}

function callOf(headers: Record<string, unknown>, body: unknown): MessageCall | undefined {
  const type = String(headers['content-type'] ?? '');
  const parsed = body as Record<string, unknown>;
  if (type.startsWith(SQS_CONTENT))
    return { service: 'sqs', action: String(headers['x-amz-target']).replace('AmazonSQS.', ''), body: parsed };
  return type.startsWith(SNS_CONTENT) ? { service: 'sns', action: String(parsed.Action), body: parsed } : undefined;
}

function errorHeaders(call: Call, { code }: Refusal): Record<string, string> {
  return { ...answerHeaders(call), ...(call.service === 'sqs' && { 'x-amzn-query-error': `${code};Sender` }) };
}

function answerHeaders({ service }: Call): Record<string, string> {
  return { 'content-type': service === 'sqs' ? SQS_CONTENT : 'text/xml' };
}

function errorBody({ service }: Call, { code, message }: Refusal): string {
  const members = `<Code>${code}</Code><Message>${message}</Message>`;
  switch (service) {
    case 'sqs':
      return JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message });
    case 'sns':
      return `<ErrorResponse><Error><Type>Sender</Type>${members}</Error></ErrorResponse>`;
    case 's3':
      return `<Error>${members}</Error>`;
  }
}
