/**
 * The chunks that an environment has marked itself: it need not read back what it wrote a moment ago. A head counts the marks
 * of chunks beside it, and each mark returns the count that it made: its number. So who knows the chunks of the marks 1 to n
 * knows every chunk that was marked when the count was n, whoever else there is; and who has missed one, because somebody
 * else made it, or its answer was lost, has a gap there, and knows nothing. A mark that was refused has no number: what came
 * with a wrong token, or too late, is never among them.
 */
import type { TaskResult } from './envelope.ts';
import { LIMITS } from './limits.ts';
import type { Chunk, WrittenChunk } from './membership.ts';

export interface OwnChunks {
  /** Notes chunks that were put, and whose mark was accepted as a request's `nth`. */
  note(requestId: string, nth: number, chunks: readonly WrittenChunk[]): void;
  /** The chunks of the first `marks` marks at least, as reading would bring them; `undefined` unless all of them are known. */
  all(requestId: string, marks: number): readonly Chunk[] | undefined;
  forget(requestId: string): void;
}

/** A request's chunks up to a mark, as JSON: values are as good as read, and nobody else's to change. */
interface Known {
  readonly marks: number;
  readonly chunks: readonly Pick<WrittenChunk, 'chunkId' | 'json'>[];
  readonly length: number;
}

const NOTHING: Known = { marks: 0, chunks: [], length: 0 };

/** Remembers so many characters of JSON at most; the request goes first of which nothing was noted for the longest. */
export function createOwnChunks(most: number = LIMITS.ownChunksLength): OwnChunks {
  const requests = new Map<string, Known>();
  let length = 0;
  const forget = (requestId: string): Known => {
    const known = requests.get(requestId) ?? NOTHING;
    requests.delete(requestId);
    length -= known.length;
    return known;
  };
  return {
    note(requestId, nth, chunks) {
      const known = extended(forget(requestId), chunks);
      if (nth !== known.marks || known.length > most) return;
      requests.set(requestId, known);
      length += known.length;
      for (const oldest of requests.keys()) {
        if (length <= most) return;
        forget(oldest);
      }
    },
    all(requestId, marks) {
      const known = requests.get(requestId);
      if (!known || known.marks < marks) return undefined;
      return known.chunks.map(({ chunkId, json }) => ({ chunkId, results: JSON.parse(json) as TaskResult[] }));
    },
    forget: (requestId) => void forget(requestId),
  };
}

const extended = ({ marks, chunks, length }: Known, more: readonly WrittenChunk[]): Known => ({
  marks: marks + 1,
  chunks: [...chunks, ...more.map(({ chunkId, json }) => ({ chunkId, json }))],
  length: more.reduce((sum, { json }) => sum + json.length, length),
});
