/** Calls of DynamoDB as anybody might make them, of few keys and names, so that they meet; many are refused. */
import fc from 'fast-check';
import type { Members } from '../../../local/services/dynamodb/dynalite.ts';

export type Call = readonly [action: string, body: Members];

/** The table that they are for. */
export const TableName = 'things';

const one = <Value>(...values: Value[]) => fc.constantFrom(...values);
const ReturnConsumedCapacity = 'TOTAL';
const key = fc.record({
  pk: one('a', 'b', 'ab').map((S) => ({ S })),
  sk: one('X', 'X#', 'X#1', 'X#10', 'X#2', 'Y#1', 'ü~').map((S) => ({ S })),
});
const value = one<object>(
  { N: '1' },
  { N: '-2.50' },
  { B: Buffer.alloc(6_000, 'long').toString('base64') },
  { S: 'one' },
  { S: '' },
  { SS: ['p', 'q'] },
  { L: [{ N: '1' }] },
  { M: { a: { S: 'x' } } },
);
const values = fc.record({ ':v': value, ':w': value });
const CONDITIONS = [
  ...['attribute_exists(pk)', 'attribute_not_exists(#n)', '#n = :v', 'NOT #n <> :v', 'size(#n) < :v', '#n IN (:v, :w)'],
  ...[
    '#n BETWEEN :v AND :w',
    'attribute_type(#n, :v)',
    'begins_with(#n, :v) OR contains(#n, :w)',
    '#n.a = :v AND #m[0] = :w',
  ],
  ...['((#n = :v))', '#n = :u', 'size(:v)', 'name = :v', '', '#n = '],
];
const UPDATES = [
  ...[
    'SET #n = :v',
    'SET #n = if_not_exists(#n, :v), #m = :w',
    'SET #n = #n + :v',
    'SET #n = list_append(#n, :v), #m.a = :w',
  ],
  ...[
    'ADD #n :v',
    'ADD #n :v, #m :w',
    'DELETE #n :v',
    'REMOVE #n, #m[0]',
    'SET #n = #m, #m = #n',
    'SET #n[3] = :v REMOVE #m',
  ],
  ...[
    'SET #n = :v SET #m = :w',
    'SET #n = :v, #n.a = :w',
    'SET size = :v, #n = :w REMOVE #m',
    'SET valueOf = :v, #n = :w REMOVE #m',
    'GET #n',
    'SET #n = :v, m = :w, k.a = #m',
  ],
];
const names = one<Members>(
  ...[{ '#n': 'n', '#m': 'm' }, { '#n': 'm', '#m': 'n' }, { '#n': 'n' }],
  ...[
    { '#n': 'n', '#m': 'n' },
    { '#n': 'm', '#m': 'k' },
    { '#n': '', '#m': 'm' },
    { '#n': '#m', '#m': 'n' },
  ],
);
const spoken = { ExpressionAttributeNames: names, ExpressionAttributeValues: values };

const written = fc.tuple(key, values).map(([{ pk, sk }, given]) => ({ pk, sk, n: given[':v'], m: given[':w'] }));
const put = fc.record({
  Item: written,
  ConditionExpression: one(...CONDITIONS),
  ReturnValues: one('NONE', 'ALL_OLD'),
  ...spoken,
});
const plainPut = fc.record({ Item: written });
const update = fc.record(
  {
    ...{ Key: key, UpdateExpression: one(...UPDATES), ConditionExpression: one(...CONDITIONS), ...spoken },
    ReturnValues: one('ALL_NEW', 'ALL_OLD', 'UPDATED_NEW', 'UPDATED_OLD'),
  },
  { requiredKeys: ['Key', 'UpdateExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues'] },
);
const remove = fc.record({ Key: key, ReturnValues: one('NONE', 'ALL_OLD') });
const get = fc.record({ Key: key, ConsistentRead: fc.boolean() });
const read = {
  ...{ Limit: fc.integer({ min: 1, max: 4 }), ScanIndexForward: fc.boolean(), ConsistentRead: fc.boolean() },
  ...{
    ExclusiveStartKey: key,
    ProjectionExpression: one('sk', 'pk, n', 'n.a, m[0]'),
    FilterExpression: one('n = :p', 'size(n) > :p'),
  },
};
const RANGES = [
  '',
  ' AND sk = :s',
  ' AND begins_with(sk, :s)',
  ' AND sk > :s',
  ' AND sk >= :s',
  ' AND sk < :s',
  ' AND :s >= sk',
];
const query = fc
  .tuple(one(...RANGES, ' AND sk BETWEEN :s AND :t'), key, key, fc.record(read, { requiredKeys: [] }))
  .map(([range, { pk, sk }, { sk: other }, rest]) => ({
    ...{ ...rest, KeyConditionExpression: `pk = :p${range}` },
    ExpressionAttributeValues: { ':p': pk, ...(range && { ':s': sk }), ...(range.includes(':t') && { ':t': other }) },
  }));
const scan = fc.record({ Limit: read.Limit, ExclusiveStartKey: key }, { requiredKeys: [] });

const named = (action: string, bodies: fc.Arbitrary<object>): fc.Arbitrary<Call> =>
  bodies.map((body) => [action, { ...body, TableName, ReturnConsumedCapacity }] as const);
const call = fc.oneof(
  ...[named('PutItem', plainPut), named('PutItem', put), named('UpdateItem', update), named('DeleteItem', remove)],
  ...[named('GetItem', get), named('Query', query), named('Scan', scan)],
);

export const calls = fc.array(call, { minLength: 5, maxLength: 40 });
