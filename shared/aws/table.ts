/** The handful of DynamoDB calls the adapters are made of, in plain values; a failed condition is an outcome. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, type NativeAttributeValue, unmarshall } from '@aws-sdk/util-dynamodb';

export interface Table {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export type Item = Record<string, NativeAttributeValue>;

/** An update in DynamoDB's own expressions; `:name` values without their colon. */
export interface Update {
  readonly set: string;
  /** Without one the item is made where there is none. */
  readonly when?: string;
  readonly values: Item;
  readonly names?: Record<string, string>;
}

const MARSHALL = { removeUndefinedValues: true } as const;
const itemIsAbsent = 'attribute_not_exists(pk)';
const itemIsExpired = 'ttlEpochSeconds <= :now';

/** A strongly consistent read. */
export const getItem = (table: Table, key: Key): Promise<Item | undefined> => read(table, key, true);

/** The item as it was of late, usually within a second: half a read unit for 4 KB, where `getItem` takes a whole one. */
export const glanceAtItem = (table: Table, key: Key): Promise<Item | undefined> => read(table, key, false);

async function read({ client, tableName }: Table, key: Key, ConsistentRead: boolean): Promise<Item | undefined> {
  const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: marshall(key), ConsistentRead }));
  return Item && unmarshall(Item);
}

/**
 * Some attributes of an item, by a read at half the price that may miss what was written a moment ago, unless `consistent`.
 * `signal` ends it. It is billed by the whole item.
 */
export async function getAttributes(
  { client, tableName }: Table,
  key: Key,
  names: readonly string[],
  { consistent, signal }: { readonly consistent: boolean; readonly signal: AbortSignal },
): Promise<Item | undefined> {
  const command = new GetItemCommand({
    TableName: tableName,
    Key: marshall(key),
    ConsistentRead: consistent,
    ProjectionExpression: names.map((_, index) => `#${index}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#${index}`, name])),
  });
  const { Item } = await client.send(command, { abortSignal: signal });
  return Item && unmarshall(Item);
}

/** Puts an item where there is none, or, when `now` is given, only an expired one that was not removed yet. */
export async function putIfAbsent(
  { client, tableName }: Table,
  item: Key & Item,
  now?: number,
): Promise<'put' | 'exists'> {
  const nowSeconds = now === undefined ? undefined : Math.floor(now / 1_000);
  const put = new PutItemCommand({
    TableName: tableName,
    Item: marshall(item, MARSHALL),
    ConditionExpression: nowSeconds === undefined ? itemIsAbsent : `${itemIsAbsent} OR ${itemIsExpired}`,
    ...(nowSeconds === undefined ? {} : { ExpressionAttributeValues: marshall({ ':now': nowSeconds }) }),
  });
  return (await unlessRefused(client.send(put))) === 'refused' ? 'exists' : 'put';
}

/** Updates an item, under a condition if it has one; the whole item as it then is. */
export async function updateItem({ client, tableName }: Table, key: Key, update: Update): Promise<Item | 'refused'> {
  const values = Object.fromEntries(Object.entries(update.values).map(([name, value]) => [`:${name}`, value]));
  const command = new UpdateItemCommand({
    TableName: tableName,
    Key: marshall(key),
    UpdateExpression: update.set,
    ...(update.when ? { ConditionExpression: update.when } : {}),
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: marshall(values, MARSHALL) } : {}),
    ...(update.names ? { ExpressionAttributeNames: update.names } : {}),
    ReturnValues: 'ALL_NEW',
  });
  const answer = await unlessRefused(client.send(command));
  return answer === 'refused' ? answer : unmarshall(answer.Attributes ?? {});
}

/** Every item of a partition whose sort key begins with `prefix`, by strongly consistent reads, page by page. */
export const queryItems = (table: Table, pk: string, prefix: string): AsyncGenerator<Item> =>
  pages(
    table,
    {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: marshall({ ':pk': pk, ':prefix': prefix }),
    },
    true,
  );

/** Every item of a partition as it was of late, at half the price. */
export const glanceAtItems = (table: Table, pk: string): AsyncGenerator<Item> =>
  pages(table, { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: marshall({ ':pk': pk }) }, false);

/** The first `most` items of a partition whose sort keys lie between two, both included, by strongly consistent reads. */
export async function queryBetween(
  table: Table,
  pk: string,
  [first, last]: readonly [string, string],
  most: number,
): Promise<Item[]> {
  const found: Item[] = [];
  const query = {
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
    ExpressionAttributeValues: marshall({ ':pk': pk, ':first': first, ':last': last }),
    Limit: most,
  };
  for await (const item of pages(table, query, true)) if (found.push(item) === most) break;
  return found;
}

async function* pages(
  { client, tableName }: Table,
  query: Pick<QueryCommandInput, 'KeyConditionExpression' | 'ExpressionAttributeValues' | 'Limit'>,
  ConsistentRead: boolean,
): AsyncGenerator<Item> {
  let from: Awaited<ReturnType<typeof getItem>>;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: tableName,
        ...query,
        ConsistentRead,
        ...(from ? { ExclusiveStartKey: marshall(from) } : {}),
      }),
    );
    for (const item of page.Items ?? []) yield unmarshall(item);
    from = page.LastEvaluatedKey && unmarshall(page.LastEvaluatedKey);
  } while (from);
}

async function unlessRefused<Answer>(sent: Promise<Answer>): Promise<Answer | 'refused'> {
  try {
    return await sent;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'refused';
    throw error;
  }
}
