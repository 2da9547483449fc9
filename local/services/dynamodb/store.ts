/** How dynalite is asked: in whole requests, by whoever calls it and by ourselves. */
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';

type Head = Pick<IncomingMessage, 'method' | 'headers' | 'url'>;
type Members = Readonly<Record<string, unknown>>;

/**
 * Hands dynalite a whole request. It throws out of the process when a caller dies in the middle of one, as environments here do; so
 * it never sees the connection.
 */
export function hand(store: EventEmitter, { method, headers, url }: Head, body: Buffer, response: object): void {
  const whole = Object.assign(new EventEmitter(), { method, headers, url });
  store.emit('request', whole, response);
  whole.emit('data', body);
  whole.emit('end');
}

/** The item that a write named, read in the name of its caller; undefined if there is none. */
export async function existingItem(store: EventEmitter, caller: Head, write: Members): Promise<object | undefined> {
  const { TableName, Key, Item } = write;
  const key = Key ?? keyOf(Item as Members, await ask(store, caller, 'DescribeTable', { TableName }));
  const read = await ask(store, caller, 'GetItem', { TableName, Key: key, ConsistentRead: true });
  return read.Item as object | undefined;
}

function keyOf(item: Members, { Table }: Members): object {
  const { KeySchema } = Table as { KeySchema: readonly { AttributeName: string }[] };
  return Object.fromEntries(KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]]));
}

/** A call over no network, signed as `caller` signed its own. */
function ask(store: EventEmitter, caller: Head, action: string, body: object): Promise<Members> {
  const headers = { ...caller.headers, 'x-amz-target': `DynamoDB_20120810.${action}` };
  return new Promise((resolve) => {
    const response = { setHeader: () => undefined, end: (text: string) => resolve(JSON.parse(text)) };
    hand(store, { method: 'POST', url: '/', headers }, Buffer.from(JSON.stringify(body)), response);
  });
}
