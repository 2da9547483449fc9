/**
 * A request has closed before its deadline: nobody waits any more for the requests that its tasks asked for. They are
 * cancelled, and their own close has those below them ended in the same way. Whatever is missed here ends by its deadline.
 */
import type { NestedName } from '../../shared/core/gathering.ts';
import type { EndingQueue, NestedEnding } from '../../shared/core/ports/work.ts';
import { closeRequest } from '../../shared/gathering/close.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { inOrder } from '../../shared/gathering/in-order.ts';

export interface Ending extends Gathering {
  readonly endings: EndingQueue;
}

/** Requests that one message ends, so many of them at a time: a second or two of work. */
const PAGE = { most: 100, width: 8 } as const;

/** Cancels the first of them, and has the rest ended by a message of its own. */
export async function endNested(ending: Ending, { requestId, after }: NestedEnding): Promise<'ended' | 'not-wanted'> {
  const { store, clock, endings } = ending;
  const above = await store.readHead(requestId, clock.now());
  if (above?.state !== 'closed') return 'not-wanted';
  const nested = await store.readNested(requestId, after, PAGE.most);
  const last = nested.at(-1);
  if (last && nested.length === PAGE.most) await endings.send([{ kind: 'ended', requestId, after: last }]);
  for await (const _ of inOrder(nested, PAGE.width, (name) => end(ending, requestId, name)));
  return 'ended';
}

/** The names lie where only a task of the request above could put them; what it did not make itself is left alone all the same. */
async function end(ending: Ending, parentId: string, { requestId }: NestedName): Promise<void> {
  const head = await ending.store.readHead(requestId, ending.clock.now());
  if (!head || head.state === 'closed' || head.parent?.requestId !== parentId) return;
  await closeRequest(ending, requestId, 'cancelled');
}
