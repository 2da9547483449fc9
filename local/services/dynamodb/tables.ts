/** Amazon DynamoDB: dynalite in memory, on loopback, with the template's tables. */
import type { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { askingBody, countWhenAnswered, type DynamoDbCall } from '../../billing/dynamodb.ts';
import type { Meter } from '../../billing/meter.ts';
import type { Stack } from '../../template/stack.ts';
import type { Callers } from '../intercept.ts';
import { existingItem, hand } from './store.ts';

export interface DynamoDb {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Starts DynamoDB on a free loopback port. */
export async function startDynamoDb(callers: Callers, meter: Meter): Promise<DynamoDb> {
  const store = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const server = createServer((request, response) => serve({ store, callers, meter }, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Serving {
  readonly store: EventEmitter;
  readonly callers: Callers;
  readonly meter: Meter;
}

function serve({ store, callers, meter }: Serving, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('error', () => undefined);
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    if (callers.intercept && intercepted(callers, request, response, body)) return;
    const call = callOf(callers, request, body);
    countWhenAnswered(meter, call, response, () => existingItem(store, request, parsed(call.text)));
    hand(store, request, askingBody(call) ?? body, response);
  });
}

function callOf(callers: Callers, { headers }: IncomingMessage, body: Buffer): DynamoDbCall {
  const action = String(headers['x-amz-target']).split('.')[1] ?? '';
  const caller = callers.of(headers.authorization)?.functionId ?? 'outside';
  return { action, caller, text: body.toString() };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text || '{}');
  } catch {
    return {};
  }
}

function intercepted(callers: Callers, request: IncomingMessage, response: ServerResponse, body: Buffer): boolean {
  const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
  const call = { service: 'dynamodb', action, body: JSON.parse(body.toString() || '{}') } as const;
  const [verdict, caller] = callers.judge(request.headers.authorization, call);
  if (verdict === 'kill-after') response.end = killing(response, () => caller?.kill());
  if (verdict === 'kill-before') caller?.kill();
  if (verdict === 'refuse') respond(response, 500, 'InternalServerError', 'refused by the test');
  if (verdict === 'throttle') respond(response, 400, 'ProvisionedThroughputExceededException', THROTTLED);
  return verdict === 'kill-before' || verdict === 'refuse' || verdict === 'throttle';
}

/** DynamoDB's own words, of a table on demand too: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html (read November 2026) */
const THROTTLED = 'Throughput exceeds the current capacity of your table or index.';

function respond(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message }));
}

/** What stands in for `response.end`: the service has done its work, and nobody hears of it. */
function killing(response: ServerResponse, kill: () => void): ServerResponse['end'] {
  return () => {
    kill();
    return response.destroy();
  };
}

/** Makes every table of the stack. */
export async function createTables({ endpoint }: DynamoDb, stack: Stack): Promise<void> {
  for (const { ref, properties } of stack.ofType('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table')) {
    const { AttributeDefinitions, KeySchema } = properties;
    const table = { TableName: ref, AttributeDefinitions, KeySchema, BillingMode: 'PAY_PER_REQUEST' };
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        ...unverifiedSignature(stack.naming.region),
        'x-amz-target': 'DynamoDB_20120810.CreateTable',
        'content-type': 'application/x-amz-json-1.0',
      },
      body: JSON.stringify(table),
    });
    if (!response.ok) throw new Error(`table ${ref}: ${await response.text()}`);
  }
}

/** dynalite wants a signature that looks like one, and never verifies it. */
function unverifiedSignature(region: string): Record<string, string> {
  const credential = `LOCAL/20260101/${region}/dynamodb/aws4_request`;
  return {
    'x-amz-date': '20260101T000000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
  };
}
