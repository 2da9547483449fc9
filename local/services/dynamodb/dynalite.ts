/**
 * dynalite 4.0.0 from within: what checks and does each action of DynamoDB, without the web server around it, which takes half of
 * a call's time (measured November 2026). The web server goes on refusing what is no proper call.
 */
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import dynalite from 'dynalite';
import db from 'dynalite/db/index.js';
import validations from 'dynalite/validations/index.js';
import { rememberExpressions } from './expressions.ts';
import { keepInMemory, type LevelDb } from './memory.ts';

export type Members = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly body: Members;
}

export interface Dynalite {
  /** Does an action of DynamoDB's that it knows, refusals included. Rejects with what it trips over itself. */
  answer(action: string, sent: Members): Promise<Answer>;
  knows(action: string): boolean;
  /** Has the web server answer a request, whose whole body is given. */
  serve(request: IncomingMessage, body: Buffer, response: ServerResponse): void;
}

type Done = (error: Refusal | null, answer: Members) => void;
interface Store {
  readonly db: LevelDb;
}
interface Action {
  readonly run: (store: Store, data: object, done: Done) => void;
  readonly types: object;
  readonly custom: unknown;
}
/** Whatever is thrown; a refusal of the caller's doing has a status. */
interface Refusal {
  readonly statusCode?: number;
  readonly body?: Members;
}

/** Tags are nothing that the template's tables have. */
const ACTIONS = [
  ...['GetItem', 'BatchGetItem', 'Query', 'Scan', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'],
  ...['CreateTable', 'DescribeTable', 'ListTables', 'UpdateTable', 'DeleteTable', 'DescribeTimeToLive'],
];

/** A dynalite of its own tables, of which there are none yet. */
export function startDynalite(): Dynalite {
  rememberExpressions();
  const { store, webServer } = withStore();
  keepInMemory(store);
  const actions = new Map(ACTIONS.map((name) => [name, actionOf(name)]));
  return {
    answer: (action, sent) => answer(actions.get(action) as Action, store, sent),
    knows: (action) => actions.has(action),
    serve: (request, body, response) => serve(webServer, request, body, response),
  };
}

/** dynalite makes its store itself, and keeps it to itself. */
function withStore(): { store: Store; webServer: EventEmitter } {
  const { create } = db;
  let store: object | undefined;
  db.create = (options) => (store = create(options));
  try {
    const webServer = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    return { webServer, store: store as Store };
  } finally {
    db.create = create;
  }
}

const require = createRequire(import.meta.url);

function actionOf(name: string): Action {
  const file = `${name[0]?.toLowerCase()}${name.slice(1)}.js`;
  const { types, custom } = require(`dynalite/validations/${file}`) as Pick<Action, 'types' | 'custom'>;
  return { run: require(`dynalite/actions/${file}`), types, custom };
}

async function answer(action: Action, store: Store, sent: Members): Promise<Answer> {
  try {
    return { status: 200, body: await run(action, store, sent) };
  } catch (error) {
    const { statusCode: status, body } = error as Refusal;
    if (status === undefined || body === undefined) throw error;
    return { status, body };
  }
}

function run({ run, types, custom }: Action, store: Store, sent: Members): Promise<Members> {
  return new Promise((resolve, reject) => {
    const data = validations.checkTypes({ ...sent }, types);
    validations.checkValidations(data, types, custom, store);
    run(store, data, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

/** dynalite throws out of the process when a caller dies in the middle of a request, as environments here do; so it never sees one. */
function serve(
  webServer: EventEmitter,
  { method, headers, url }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void {
  const whole = Object.assign(new EventEmitter(), { method, headers, url });
  webServer.emit('request', whole, response);
  whole.emit('data', body);
  whole.emit('end');
}

/** The item that a write named; undefined if there is none. */
export async function existingItem(store: Dynalite, { TableName, Key, Item }: Members): Promise<object | undefined> {
  const key = Key ?? keyOf(Item as Members, (await store.answer('DescribeTable', { TableName })).body);
  const read = await store.answer('GetItem', { TableName, Key: key, ConsistentRead: true });
  return read.body.Item as object | undefined;
}

function keyOf(item: Members, { Table }: Members): object {
  const { KeySchema } = Table as { KeySchema: readonly { AttributeName: string }[] };
  return Object.fromEntries(KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]]));
}
