/** Results whose mark was refused because their request has closed: they amend its answer, or come too late. */
import type { TaskResult } from '../../shared/core/envelope.ts';
import { type Head, headAddress } from '../../shared/core/gathering.ts';
import type { WrittenChunk } from '../../shared/core/membership.ts';
import { amendAnswer } from '../../shared/gathering/amend.ts';
import type { Gathering } from '../../shared/gathering/context.ts';

/** Results as they were sent, and as they are kept: beside the mark, unless `inside` was to come with it. */
export interface Refused {
  readonly sent: readonly TaskResult[];
  readonly chunks: readonly WrittenChunk[];
  readonly inside: WrittenChunk | undefined;
  readonly ttlEpochSeconds: number;
}

/**
 * Whether the request was closed by the very write that was to bring these results, whose answer never came: nobody else
 * knows the names of these chunks, and of no others is the answer made.
 */
export function isOwnClose({ state, answer }: Head, { chunks }: Refused): boolean {
  const used = state === 'closed' ? answer?.membership?.chunks : undefined;
  return used?.length === chunks.length && chunks.every(({ chunkId }) => used.includes(chunkId));
}

/** Has the answer amended with them if its job asks for that; those that are not in afterwards. */
export async function takeLate(
  gathering: Gathering,
  head: Head,
  { sent, chunks, inside, ttlEpochSeconds }: Refused,
): Promise<readonly TaskResult[]> {
  if (head.state !== 'closed' || head.graceMs === undefined) return sent;
  const { requestId, resultsToken } = head;
  if (inside) await gathering.store.putChunk(headAddress(requestId), resultsToken, inside, ttlEpochSeconds);
  const chunkIds = chunks.map(({ chunkId }) => chunkId);
  const used = new Set((await amendAnswer(gathering, head, chunkIds))?.chunks);
  const isIn = new Set(
    chunks
      .filter(({ chunkId }) => used.has(chunkId))
      .flatMap(({ results }) => results.map((result) => result.taskIndex)),
  );
  return sent.filter(({ taskIndex }) => !isIn.has(taskIndex));
}
