/** Cancels a request. Repeating it is harmless: a request closes once, and whoever comes later is told that answer. */
import { closeRequest } from '../../shared/gathering/close.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { awaitClosed, settle } from '../../shared/gathering/settle.ts';
import { type Description, describeHead } from './describe.ts';
import { findOwned, type Named } from './find-owned.ts';

/** How long a call waits while the shards of a larger request are folded, in ms. */
const FOLDING_MS = 10_000;

/**
 * The answer that is in force afterwards, whichever reason won; `undefined` when the owner has no such request. A larger
 * request may still be closing.
 */
export async function cancel(gathering: Gathering, named: Named): Promise<Description | undefined> {
  const head = await findOwned(gathering, named);
  if (!head) return undefined;
  const settled = await settle(gathering, head);
  const closing = settled.state === 'closed' ? settled : await closeRequest(gathering, named.requestId, 'cancelled');
  const until = gathering.clock.now() + FOLDING_MS;
  const closed = closing?.state === 'closing' ? await awaitClosed(gathering, closing, until) : closing;
  return closed && describeHead(gathering, closed, false);
}
