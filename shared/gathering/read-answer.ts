/** The answer of a closed request, wherever it is kept. */
import type { Answer } from '../core/answer.ts';
import type { Head } from '../core/gathering.ts';
import type { Gathering } from './context.ts';

/**
 * The answer in force, or an earlier `version` of it; `undefined` while the request is not closed, or when the answer's time
 * to live has passed.
 */
export async function readAnswer(
  { store }: Pick<Gathering, 'store'>,
  head: Head,
  version = head.version,
): Promise<Answer | undefined> {
  if (head.state !== 'closed') return undefined;
  return head.answer?.version === version ? head.answer : store.readAnswer(head.requestId, version);
}
