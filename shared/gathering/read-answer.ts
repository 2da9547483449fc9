/** The answer of a closed request, wherever it is kept. */
import type { Answer } from '../core/answer.ts';
import type { Head } from '../core/gathering.ts';
import type { Gathering } from './context.ts';

/** The answer; `undefined` while the request is not closed, or when the answer's time to live has passed. */
export async function readAnswer({ store }: Pick<Gathering, 'store'>, head: Head): Promise<Answer | undefined> {
  if (head.state !== 'closed') return undefined;
  return head.answer ?? store.readAnswer(head.requestId, head.version);
}
