/** Amazon DynamoDB: dynalite in memory, on loopback, with the template's tables. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { askingBody, counted, type DynamoDbCall } from '../../billing/dynamodb.ts';
import type { Meter } from '../../billing/meter.ts';
import type { Stack } from '../../template/stack.ts';
import type { Callers } from '../intercept.ts';
import { type Answer, type Dynalite, existingItem, type Members, startDynalite } from './dynalite.ts';

export interface DynamoDb {
  readonly endpoint: string;
  /** Makes a table, whatever is metered or intercepted. Throws what DynamoDB answers if it refuses. */
  createTable(table: Members): Promise<void>;
  close(): Promise<void>;
}

interface Serving {
  readonly dynalite: Dynalite;
  readonly callers: Callers;
  readonly meter: Meter;
}

/** Starts DynamoDB on a free loopback port. */
export async function startDynamoDb(callers: Callers, meter: Meter): Promise<DynamoDb> {
  const dynalite = startDynalite();
  const server = createServer((request, response) => receive({ dynalite, callers, meter }, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    createTable: async (table) => {
      const { status, body } = await dynalite.answer('CreateTable', table);
      if (status !== 200) throw new Error(`table ${table.TableName}: ${JSON.stringify(body)}`);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function receive(serving: Serving, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('error', () => undefined);
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const [only, another] = chunks;
    serve(serving, request, response, only && !another ? only : Buffer.concat(chunks)).catch((error) => {
      if (!response.destroyed) response.writeHead(500).end(String(error));
    });
  });
}

/** What is no proper call the emulator's web server refuses; all others are answered, and counted, here. */
async function serve(
  serving: Serving,
  request: IncomingMessage,
  response: ServerResponse,
  sent: Buffer,
): Promise<void> {
  const { dynalite, callers, meter } = serving;
  const call = callOf(serving, request, sent);
  if (!call) return dynalite.serve(request, sent, response);
  const [verdict, caller] = callers.judge(request.headers.authorization, {
    service: 'dynamodb',
    action: call.action,
    body: call.body,
  });
  if (verdict === 'kill-before') return caller?.kill();
  if (verdict === 'refuse') return respond(response, REFUSED_BY_TEST);
  if (verdict === 'throttle') return respond(response, THROTTLED);
  const answer = await dynalite.answer(call.action, askingBody(call));
  const said = await counted(meter, call, answer, () => existingItem(dynalite, call.body));
  if (verdict !== 'kill-after') return respond(response, said);
  caller?.kill();
  response.destroy();
}

const TARGET = /^DynamoDB_20120810\.(\w+)$/;
/** Of a request, as dynalite has it. */
const LARGEST_BYTES = 16 * 1024 * 1024;
const CONTENT = 'application/x-amz-json-1.0';
/** Nothing is verified but that it is signed in the form that AWS asks for. */
const SIGNATURE = /^AWS4-HMAC-SHA256 Credential=[^\s,]+, ?SignedHeaders=[^\s,]+, ?Signature=[^\s,]+$/;

function callOf({ dynalite, callers }: Serving, request: IncomingMessage, sent: Buffer): DynamoDbCall | undefined {
  const { authorization, 'x-amz-target': target } = request.headers;
  const action = TARGET.exec(String(target))?.[1] ?? '';
  if (!isProper(request) || sent.length > LARGEST_BYTES || !dynalite.knows(action)) return undefined;
  const body = parsed(sent);
  return body && { action, body, caller: callers.of(authorization)?.functionId ?? 'outside' };
}

function isProper({ method, url, headers }: IncomingMessage): boolean {
  const { authorization = '', 'content-type': content, 'x-amz-date': date, origin } = headers;
  const isSigned = SIGNATURE.test(authorization) && Boolean(date);
  return method === 'POST' && url === '/' && content === CONTENT && isSigned && origin === undefined;
}

/** The members of a JSON object; undefined of anything else. */
function parsed(sent: Buffer): Members | undefined {
  try {
    const value: unknown = JSON.parse(sent.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
  } catch {
    return undefined;
  }
}

const REFUSED_BY_TEST = refusal(500, 'InternalServerError', 'refused by the test');
/** DynamoDB's own words, of a table on demand too: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html (read November 2026) */
const THROTTLED = refusal(
  400,
  'ProvisionedThroughputExceededException',
  'Throughput exceeds the current capacity of your table or index.',
);

function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message } };
}

function respond(response: ServerResponse, { status, body }: Answer): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  // Encoded once where that takes time; a short text leaves together with its head.
  const whole = text.length > LONG_TEXT ? Buffer.from(text) : text;
  response.writeHead(status, {
    'x-amzn-requestid': requestId(),
    'x-amz-crc32': crc32(whole),
    'content-type': CONTENT,
    'content-length': Buffer.byteLength(whole),
  });
  response.end(whole);
}

const LONG_TEXT = 16_384;

/** 52 letters and digits, as DynamoDB's are. */
const requestId = (): string => `${randomUUID()}${randomUUID()}`.replaceAll('-', '').slice(0, 52).toUpperCase();

/** Makes every table of the stack. */
export async function createTables(dynamodb: DynamoDb, stack: Stack): Promise<void> {
  for (const { ref, properties } of stack.ofType('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table')) {
    const { AttributeDefinitions, KeySchema } = properties;
    await dynamodb.createTable({ TableName: ref, AttributeDefinitions, KeySchema, BillingMode: 'PAY_PER_REQUEST' });
  }
}
