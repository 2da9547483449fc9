/**
 * What a call of DynamoDB counts for, in the emulator's own words (`ConsumedCapacity`). They are asked for behind the caller's
 * back, and taken out of the answer again.
 */
import db from 'dynalite/db/index.js';
import type { Meter } from './meter.ts';

type Members = Readonly<Record<string, unknown>>;

export interface DynamoDbCall {
  readonly action: string;
  readonly caller: string;
  readonly body: Members;
}

interface Answer {
  readonly status: number;
  readonly body: Members;
}

type Capacity = { readonly CapacityUnits: number };

const READS: ReadonlySet<string> = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan']);
const WRITES: ReadonlySet<string> = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']);
/** A read of nothing: DynamoDB developer guide, "Capacity unit consumption" (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html). */
const LEAST_READ = { consistent: 1, eventual: 0.5 } as const;

/** What to send for the call so that its answer says what it consumed. */
export function askingBody({ action, body }: DynamoDbCall): Members {
  const { ReturnConsumedCapacity: asked } = body;
  const isSilent = asked === undefined || asked === null || asked === 'NONE';
  return consumes(action) && isSilent ? { ...body, ReturnConsumedCapacity: 'TOTAL' } : body;
}

const consumes = (action: string): boolean => READS.has(action) || WRITES.has(action);
const asks = ({ ReturnConsumedCapacity: asked }: Members): boolean => asked === 'TOTAL' || asked === 'INDEXES';

/**
 * Counts the call by its answer, and yields the answer without what the caller did not ask for. `existing` yields the item that a
 * refused condition was judged on: AWS bills its size, one unit at least, and the emulator says nothing.
 */
export async function counted(
  meter: Meter,
  call: DynamoDbCall,
  answer: Answer,
  existing: () => Promise<object | undefined>,
): Promise<Answer> {
  if (!consumes(call.action)) return answer;
  if (answer.status !== 200) {
    if (isRefusedCondition(answer))
      meter.add(
        'dynamodb-write-units',
        `${call.caller} ${call.action} refused`,
        db.capacityUnits(await existing(), false),
      );
    return answer;
  }
  const { ConsumedCapacity = [], ...rest } = answer.body;
  const capacities = [ConsumedCapacity].flat() as Capacity[];
  count(
    meter,
    call,
    capacities.reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0),
  );
  return asks(call.body) ? answer : { ...answer, body: rest };
}

const isRefusedCondition = ({ body }: Answer): boolean =>
  String(body.__type).endsWith('#ConditionalCheckFailedException');

function count(meter: Meter, { action, caller, body }: DynamoDbCall, units: number): void {
  const least = LEAST_READ[isConsistent(body) ? 'consistent' : 'eventual'];
  if (READS.has(action)) meter.add('dynamodb-read-units', `${caller} ${action}`, Math.max(units, least));
  else meter.add('dynamodb-write-units', `${caller} ${action}`, units);
}

/** A batch says so for each table. */
function isConsistent({ ConsistentRead, RequestItems = {} }: Members): boolean {
  return (
    ConsistentRead === true || Object.values(RequestItems as object).some((table) => table.ConsistentRead === true)
  );
}
