/**
 * What a call of DynamoDB counts for, in the emulator's own words (`ConsumedCapacity`). They are asked for behind the caller's
 * back, and taken out of the answer again.
 */
import type { ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { capacityUnits } from 'dynalite/db/index.js';
import type { Meter } from './meter.ts';

export interface DynamoDbCall {
  readonly action: string;
  readonly caller: string;
  readonly body: Readonly<Record<string, unknown>>;
}

type Capacity = { readonly TableName: string; readonly CapacityUnits: number };
type Answer = Readonly<Record<string, unknown>>;

const READS: ReadonlySet<string> = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan']);
const WRITES: ReadonlySet<string> = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']);
/** A read of nothing: DynamoDB developer guide, "Capacity unit consumption" (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html). */
const LEAST_READ = { consistent: 1, eventual: 0.5 } as const;

/** The body that asks what the call consumes; undefined for a call that consumes nothing, or whose caller asks itself. */
export function askingBody({ action, body }: DynamoDbCall): Buffer | undefined {
  if (!consumes(action) || asksItself(body)) return undefined;
  return Buffer.from(JSON.stringify({ ...body, ReturnConsumedCapacity: 'TOTAL' }));
}

const consumes = (action: string): boolean => READS.has(action) || WRITES.has(action);
const asksItself = ({ ReturnConsumedCapacity: asked }: Answer): boolean => asked === 'TOTAL' || asked === 'INDEXES';

/**
 * Counts the call when its answer is sent. `existing` yields the item that a refused condition was judged on: AWS bills its
 * size, one unit at least, and the emulator says nothing.
 */
export function countWhenAnswered(
  meter: Meter,
  call: DynamoDbCall,
  response: ServerResponse,
  existing: () => Promise<object | undefined>,
): void {
  if (!consumes(call.action)) return;
  const end = response.end.bind(response);
  const counting = (text: string): ServerResponse => {
    if (response.statusCode === 200) return end(counted(meter, call, response, text));
    if (!text?.includes('#ConditionalCheckFailedException"')) return end(text);
    void existing().then((item) => {
      meter.add('dynamodb-write-units', `${call.caller} ${call.action} refused`, capacityUnits(item, false));
      end(text);
    });
    return response;
  };
  response.end = counting as ServerResponse['end'];
}

/** Counts what the answer says; the answer without what its caller did not ask for. */
function counted(meter: Meter, call: DynamoDbCall, response: ServerResponse, text: string): string {
  const { ConsumedCapacity = [], ...rest }: Answer = JSON.parse(text);
  const capacities = [ConsumedCapacity].flat() as Capacity[];
  const units = capacities.reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
  count(meter, call, units);
  if (asksItself(call.body)) return text;
  const without = JSON.stringify(rest);
  response.setHeader('x-amz-crc32', crc32(without));
  response.setHeader('content-length', Buffer.byteLength(without));
  return without;
}

function count(meter: Meter, { action, caller, body }: DynamoDbCall, units: number): void {
  const least = LEAST_READ[body.ConsistentRead === true ? 'consistent' : 'eventual'];
  if (READS.has(action)) meter.add('dynamodb-read-units', `${caller} ${action}`, Math.max(units, least));
  else meter.add('dynamodb-write-units', `${caller} ${action}`, units);
}
