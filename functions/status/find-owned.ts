/**
 * Whose request it is comes before anything else is done with it, so that nobody closes, carries on or learns of
 * another's. Unknown, foreign and malformed ids are one and the same outcome.
 */
import type { Head } from '../../shared/core/gathering.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { REQUEST_ID } from '../../shared/http/request-id.ts';

/** A request as its owner names it. */
export interface Named {
  readonly owner: string;
  readonly requestId: string;
}

/** The owner's request as it is stored, not settled; `undefined` when they have none of that id. */
export async function findOwned({ store, clock }: Gathering, { owner, requestId }: Named): Promise<Head | undefined> {
  if (!REQUEST_ID.test(requestId)) return undefined;
  const head = await store.readHead(requestId, clock.now());
  return head?.owner === owner ? head : undefined;
}
