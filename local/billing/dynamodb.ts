/**
 * What a call of DynamoDB counts for, in the emulator's own words (`ConsumedCapacity`). They are asked for behind the caller's
 * back, and taken out of the answer again, as text where that can be: to parse and to write what is a megabyte of chunks at a
 * large request's close would take longer than all else about the call.
 */
import type { ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { capacityUnits } from 'dynalite/db/index.js';
import type { Meter } from './meter.ts';

export interface DynamoDbCall {
  readonly action: string;
  readonly caller: string;
  /** What was sent: JSON, if the caller knows how to ask. */
  readonly text: string;
}

type Capacity = { readonly TableName: string; readonly CapacityUnits: number };
type Answer = Readonly<Record<string, unknown>>;

const READS: ReadonlySet<string> = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan']);
const WRITES: ReadonlySet<string> = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']);
/** A read of nothing: DynamoDB developer guide, "Capacity unit consumption" (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html). */
const LEAST_READ = { consistent: 1, eventual: 0.5 } as const;

/** The body that asks what the call consumes; undefined for a call that consumes nothing, or whose caller asks itself. */
export function askingBody({ action, text }: DynamoDbCall): Buffer | undefined {
  if (!consumes(action) || ASKS.test(text) || !text.startsWith('{"')) return undefined;
  return Buffer.from(`{"ReturnConsumedCapacity":"TOTAL",${text.slice(1).replace(ASKS_NOT, '')}`);
}

const consumes = (action: string): boolean => READS.has(action) || WRITES.has(action);
/** A quote inside of a text is escaped, and the value of an attribute is an object: a member of the call itself, or of none. */
const ASKS = /"ReturnConsumedCapacity"\s*:\s*"(TOTAL|INDEXES)"/;
const ASKS_NOT = /,?"ReturnConsumedCapacity"\s*:\s*"NONE"/;
const IS_CONSISTENT = /"ConsistentRead"\s*:\s*true/;

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
  const { units, without } = cutOut(text) ?? parsedOut(text);
  count(meter, call, units);
  if (ASKS.test(call.text)) return text;
  response.setHeader('x-amz-crc32', crc32(without));
  response.setHeader('content-length', Buffer.byteLength(without));
  return without;
}

interface Counted {
  readonly units: number;
  readonly without: string;
}

const CAPACITY = '"ConsumedCapacity":';
const ONE_TABLE = /^\{"CapacityUnits":([\d.]+),"TableName":"[^"]*"\}/;

/** The total of one table, as the emulator writes it; nothing of an answer in another form. */
function cutOut(text: string): Counted | undefined {
  const from = text.indexOf(CAPACITY);
  const [found, units] = ONE_TABLE.exec(text.slice(from + CAPACITY.length, from + 400)) ?? [];
  if (from < 0 || found === undefined) return undefined;
  const to = from + CAPACITY.length + found.length;
  const [before, after] = [text.slice(0, from), text.slice(to)];
  const without = before.endsWith(',') ? before.slice(0, -1) + after : before + after.replace(/^,/, '');
  return { units: Number(units), without };
}

function parsedOut(text: string): Counted {
  const { ConsumedCapacity = [], ...rest }: Answer = JSON.parse(text);
  const capacities = [ConsumedCapacity].flat() as Capacity[];
  return {
    units: capacities.reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0),
    without: JSON.stringify(rest),
  };
}

function count(meter: Meter, { action, caller, text }: DynamoDbCall, units: number): void {
  const least = LEAST_READ[IS_CONSISTENT.test(text) ? 'consistent' : 'eventual'];
  if (READS.has(action)) meter.add('dynamodb-read-units', `${caller} ${action}`, Math.max(units, least));
  else meter.add('dynamodb-write-units', `${caller} ${action}`, units);
}
