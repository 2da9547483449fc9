/** The port `RequestStates` on the gatherings table. Only functions that ask bundle it: it brings a client along. */
import type { Head } from '../core/gathering.ts';
import { REQUEST_CHECK_MS } from '../core/limits.ts';
import type { RequestStates } from '../core/ports/request-facts.ts';
import { requiredEnv } from '../env.ts';
import { dynamodbOnce } from './clients/dynamodb-once.ts';
import { headKey } from './items.ts';
import { getAttributes, type Table } from './table.ts';

export const createRequestStates = (table: Table): RequestStates => ({
  async stateOf(requestId) {
    const signal = AbortSignal.timeout(REQUEST_CHECK_MS.longest);
    const look = (consistent: boolean) => getAttributes(table, headKey(requestId), ['state'], { consistent, signal });
    // A head that was written a moment ago may not be there yet for the cheaper read: nothing is dropped for that.
    const found = (await look(false)) ?? (await look(true));
    return (found?.state as Head['state'] | undefined) ?? 'unknown';
  },
});

/** A function's view of requests, wired from its environment. */
export function requestStatesFromEnv(): RequestStates {
  return createRequestStates({ client: dynamodbOnce, tableName: requiredEnv('GATHERINGS_TABLE_NAME') });
}
