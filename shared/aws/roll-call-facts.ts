/** The port `RollCallFactsReader` on the gatherings table: one consistent read of a head, by named attributes alone. */
import { ROLL_CALL_FACT_ATTRIBUTES, type RollCallFacts, type RollCallFactsReader } from '../core/roll-call/ports.ts';
import { rollCallHeadKey } from './roll-call-store.ts';
import { getAttributes, type Table } from './table.ts';

/** How long the read may take, its tries included, in ms: longer than most windows are. */
const LONGEST_MS = 5_000;

export const createRollCallFacts = (table: Table): RollCallFactsReader => ({
  async factsOf(rollCallId, now) {
    // Consistent: an instance may answer within milliseconds of the head's being written.
    const options = { consistent: true, signal: AbortSignal.timeout(LONGEST_MS) };
    const item = await getAttributes(table, rollCallHeadKey(rollCallId), ROLL_CALL_FACT_ATTRIBUTES, options);
    return item && item.ttlEpochSeconds * 1_000 > now ? (item as RollCallFacts) : undefined;
  },
});
