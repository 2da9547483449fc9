import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import dynalite from 'dynalite';
import conditions from 'dynalite/db/conditionParser.js';
import projections from 'dynalite/db/projectionParser.js';
import updates from 'dynalite/db/updateParser.js';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { Meter } from '../../local/billing/meter.ts';
import { type Answer, type Dynalite, startDynalite } from '../../local/services/dynamodb/dynalite.ts';
import { startDynamoDb } from '../../local/services/dynamodb/tables.ts';
import { Callers } from '../../local/services/intercept.ts';
import { aTable } from '../support/local-table.ts';
import { type Call, calls, TableName } from './support/dynamodb-calls.ts';

const PARSERS = [conditions, projections, updates];
const UNTOUCHED = PARSERS.map(({ parse }) => parse);

const table = aTable(TableName);

const SIGNATURE =
  'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';

/** dynalite as its authors ship it, asked as over the network. */
function untouchedDynalite(): (...call: Call) => Promise<Answer> {
  const server: EventEmitter = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return (action, body) =>
    new Promise((resolve) => {
      const headers = {
        ...{ authorization: SIGNATURE, 'x-amz-date': '20260101T000000Z', 'content-type': 'application/x-amz-json-1.0' },
        'x-amz-target': `DynamoDB_20120810.${action}`,
      };
      const request = Object.assign(new EventEmitter(), { method: 'POST', url: '/', headers });
      const end = (text: string) => resolve({ status: response.statusCode, body: JSON.parse(text) });
      const response = { statusCode: 200, setHeader: () => undefined, end };
      server.emit('request', request, response);
      request.emit('data', Buffer.from(JSON.stringify(body)));
      withUntouchedParsers(() => request.emit('end'));
    });
}

/** It parses before it first waits. */
function withUntouchedParsers(act: () => void): void {
  const ours = PARSERS.map(({ parse }) => parse);
  const use = (parses: typeof ours) => {
    for (const [index, parser] of PARSERS.entries()) Object.assign(parser, { parse: parses[index] });
  };
  use(UNTOUCHED);
  act();
  use(ours);
}

describe('DynamoDB', () => {
  let ours: Dynalite;
  let theirs: ReturnType<typeof untouchedDynalite>;

  beforeEach(async () => {
    ours = startDynalite();
    theirs = untouchedDynalite();
    for (const create of [ours.answer, theirs])
      expect(await create('CreateTable', table)).toMatchObject({ status: 200 });
  });

  test('is a dynalite whose insides are known', () => {
    expect(createRequire(import.meta.url)('dynalite/package.json').version).toBe('4.0.0');
  });

  test('answers every call as an untouched dynalite does', async () => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(calls, async (several) => {
        for (const [action, body] of several) {
          const answer = await ours.answer(action, body);
          expect(JSON.parse(JSON.stringify(answer)), `${action} ${JSON.stringify(body)}`).toEqual(
            await theirs(action, body),
          );
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        }
      }),
      { numRuns: 200 },
    );
    expect(statuses.get(200)).toBeGreaterThan(100);
    expect(statuses.get(400)).toBeGreaterThan(100);
  });
});

describe('what is no proper call', () => {
  const refused = {
    'of no action': [{ 'x-amz-target': 'DynamoDB_20120810.GetEverything' }, 'UnknownOperationException'],
    'without a signature': [{ authorization: '' }, 'MissingAuthenticationTokenException'],
    'with half a signature': [{ authorization: 'AWS4-HMAC-SHA256 Credential=a' }, 'IncompleteSignatureException'],
    'without a date': [{ 'x-amz-date': '' }, 'IncompleteSignatureException'],
  } as const;

  test.each(Object.entries(refused))('is refused as dynalite does: one %s', async (_, [headers, code]) => {
    const { status, type } = await send('{"TableName":"things"}', headers);
    expect({ status, code: type.split('#')[1] }).toEqual({ status: 400, code });
  });

  test.each(['', 'nothing'])('is refused as dynalite does: the body %j', async (body) => {
    expect((await send(body, {})).status).toBeGreaterThanOrEqual(400);
  });

  async function send(body: string, headers: Record<string, string>): Promise<{ status: number; type: string }> {
    const { endpoint, close } = await startDynamoDb(new Callers(), new Meter());
    const all = {
      ...{ authorization: SIGNATURE, 'x-amz-date': '20260101T000000Z', 'content-type': 'application/x-amz-json-1.0' },
      ...{ 'x-amz-target': 'DynamoDB_20120810.DescribeTable', ...headers },
    };
    const response = await fetch(endpoint, { method: 'POST', headers: all, body });
    const { __type: type } = (await response.json()) as { __type: string };
    await close();
    return { status: response.status, type };
  }
});
