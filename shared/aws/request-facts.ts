/** The port `FactsReader` on the gatherings table: one consistent read of a head, by named attributes alone. */
import { FACT_ATTRIBUTES, type FactsReader, type RequestFacts } from '../core/ports/request-facts.ts';
import { headKey } from './items.ts';
import { getAttributes, type Table } from './table.ts';

/** How long the read may take, its tries included, in ms: whoever sent results is told to send them again. */
const LONGEST_MS = 5_000;

export const createFactsReader = (table: Table): FactsReader => ({
  async factsOf(requestId, now) {
    // Consistent: a leaf may answer within a millisecond of the head's being written.
    const options = { consistent: true, signal: AbortSignal.timeout(LONGEST_MS) };
    const item = await getAttributes(table, headKey(requestId), FACT_ATTRIBUTES, options);
    return item && item.ttlEpochSeconds * 1_000 > now ? ({ ...item, requestId } as RequestFacts) : undefined;
  },
});
