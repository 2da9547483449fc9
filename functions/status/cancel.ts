/** Cancels a request. Repeating it is harmless: a request closes once, and whoever comes later is told that answer. */
import { closeRequest } from '../../shared/gathering/close.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { settle } from '../../shared/gathering/settle.ts';
import { type Description, describeHead } from './describe.ts';
import { findOwned, type Named } from './find-owned.ts';

/** The answer that is in force afterwards, whichever reason won; `undefined` when the owner has no such request. */
export async function cancel(gathering: Gathering, named: Named): Promise<Description | undefined> {
  const head = await findOwned(gathering, named);
  if (!head) return undefined;
  const settled = await settle(gathering, head);
  const closed = settled.state === 'closed' ? settled : await closeRequest(gathering, named.requestId, 'cancelled');
  return closed && describeHead(gathering, closed, false);
}
