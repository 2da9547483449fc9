/** Bodies of calls, whole in memory for as long as they are worked on, and bounded together: each may come from anybody. */
import type { IncomingMessage } from 'node:http';
import { BODIES_BYTES, BODY_BYTES } from './limits.ts';

export class Bodies {
  readonly #most: number;
  #held = 0;

  /** `most` bytes of all of them at a time. */
  constructor(most: number = BODIES_BYTES) {
    this.#most = most;
  }

  /** What `use` makes of the whole body, which counts until then; or why it is not read to its end. */
  async read<Made>(
    request: IncomingMessage,
    use: (body: Buffer) => Promise<Made>,
  ): Promise<Made | 'too-large' | 'no-room'> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      // Without that the connection would end with the loop, before the refusal is sent.
      for await (const chunk of request.iterator({ destroyOnReturn: false })) {
        bytes += chunk.length;
        this.#held += chunk.length;
        if (bytes > BODY_BYTES) return 'too-large';
        if (this.#held > this.#most) return 'no-room';
        chunks.push(chunk);
      }
      return await use(Buffer.concat(chunks, bytes));
    } finally {
      this.#held -= bytes;
    }
  }
}
