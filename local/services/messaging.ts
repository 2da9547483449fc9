/**
 * The emulator behind SQS, SNS and S3: fauxqs, on loopback only (`startFauxqs` would listen on every interface), with what it
 * forgives and AWS does not refused again, and calls of our own that skip the network.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as othersFirst } from 'node:timers/promises';
import type { Meter } from '../billing/meter.ts';
import type { Emit } from '../events.ts';
import { startEmulator } from './fauxqs.ts';
import type { Callers } from './intercept.ts';
import { type MessageCall, MessageCalls, SNS_CONTENT, SQS_CONTENT, textOf } from './message-calls.ts';
import { guardS3 } from './s3/guard.ts';
import { HttpDeliveries } from './sns/http-deliveries.ts';
import { allowAstralCharacters } from './sqs/astral.ts';
import { type Disorder, disorderlyStores } from './sqs/disorder.ts';
import { withOurUrls } from './sqs/queue-urls.ts';

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

export interface MessagingOptions {
  readonly region: string;
  readonly callers: Callers;
  readonly meter: Meter;
  /** What SNS waits between tries of an HTTP endpoint. */
  readonly httpRetryDelaysMs: readonly number[];
  readonly emit: Emit;
  /** Without it, queues hand out everything once, in the order it came. */
  readonly disorder?: Disorder;
}

/** How long a connection is kept that nobody uses: longer than callers keep theirs, so that none is closed under a call. */
const KEEP_ALIVE_MS = 72_000;

/** Starts SQS, SNS and S3 for `region` on a free loopback port. */
export async function startMessaging(options: MessagingOptions): Promise<Messaging> {
  const { region, callers, meter, disorder } = options;
  await allowAstralCharacters();
  const emulator = await startEmulator(region, {
    stores: disorder && (await disorderlyStores(disorder)),
    prepare: (webServer) => guardS3(webServer, callers, meter),
  });
  const { webServer } = emulator;
  const http: HttpDeliveries = await HttpDeliveries.start({
    store: emulator.stores.snsStore,
    endpoint: () => `http://${host}`,
    retryDelaysMs: options.httpRetryDelaysMs,
    deadLetter: async (queueArn, MessageBody) => {
      const QueueUrl = `http://${host}/${queueArn.split(':').slice(4).join('/')}`;
      await calls.own({ service: 'sqs', action: 'SendMessage', body: { QueueUrl, MessageBody } }, { host });
    },
    emit: options.emit,
  });
  const calls = new MessageCalls(emulator, callers, meter, (call, answer) =>
    withOurUrls(http.after(call, answer), `http://${host}`),
  );
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const service = serviceOf(request);
    if (service) void serve(calls, service, request, response);
    else webServer.routing(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint: `http://${host}`,
    sqs: async (action, body) => {
      // Nothing here waits for the network, so whoever receives again and again would keep everybody else from it.
      if (action === 'ReceiveMessage') await othersFirst();
      return (await calls.own({ service: 'sqs', action, body: { ...body } }, { host })) as Record<string, unknown>;
    },
    sns: async (action, parameters) =>
      textOf(await calls.own({ service: 'sns', action, body: { Action: action, ...parameters } }, { host })),
    createBucket: async (name) => {
      const { statusCode, payload } = await webServer.inject({ method: 'PUT', url: `/${name}` });
      if (statusCode >= 300) throw new Error(payload);
    },
    hide: (queueName) => calls.hide(queueName),
    close: async () => {
      http.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await webServer.close();
    },
  };
}

type Service = MessageCall['service'];

/** What SNS has the owner of an endpoint visit: a call as a link, unsigned. */
const LINK = /^\/\?(.*&)?Action=(ConfirmSubscription|Unsubscribe)(&|$)/;

function serviceOf({ method, url = '', headers }: IncomingMessage): Service | undefined {
  if (method === 'GET' && LINK.test(url)) return 'sns';
  const type = headers['content-type'] ?? '';
  if (type.startsWith(SQS_CONTENT)) return 'sqs';
  return type.startsWith(SNS_CONTENT) ? 'sns' : undefined;
}

async function serve(
  calls: MessageCalls,
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const answer = await calls.serve(callOf(service, request, await bodyOf(request)), request.headers);
    if (!answer) return;
    const body = textOf(answer.body);
    response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(body) }).end(body);
  } catch (error) {
    // A caller may die in the middle of its call: then there is nobody to tell.
    if (!response.destroyed) response.writeHead(500).end(String(error));
  }
}

/** A third of the time of `node:stream/consumers`, which counts at thousands of calls a second. */
function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => resolve(body));
    request.on('error', reject);
  });
}

/** SQS speaks JSON, and names its action in a header; SNS speaks forms, or links. */
function callOf(service: Service, { method, url = '', headers }: IncomingMessage, sent: string): MessageCall {
  if (service === 'sqs')
    return { service, action: String(headers['x-amz-target']).replace('AmazonSQS.', ''), body: JSON.parse(sent) };
  const form = method === 'GET' ? url.slice('/?'.length) : sent;
  // A third of the time of `node:querystring`.
  const body = Object.fromEntries(new URLSearchParams(form));
  return { service, action: String(body.Action), body };
}
