/**
 * How event source mappings share the machine. Each has one batch under way whenever it has messages, so that none starves;
 * what is beyond that waits for a turn, of which there are as many as processors. On Lambda environments have processors of
 * their own; here a backlog that takes all it may would leave nothing to whoever comes with a single message.
 */
import { availableParallelism } from 'node:os';
import type { Processors } from './processors.ts';

/** A place in the line. */
export interface Turn {
  readonly granted: Promise<void>;
  /** Gives the turn back, or leaves the line. */
  end(): void;
}

export class Turns {
  readonly #most: number;
  readonly #patienceMs: number;
  readonly #processors: Processors;
  readonly #waiting = new Set<() => void>();
  #taken = 0;
  #timer: NodeJS.Timeout | undefined;

  /** After `patienceMs` in which no turn came back, though processors are idle, there is one more. */
  constructor(patienceMs: number, processors: Processors, most: number = availableParallelism()) {
    this.#most = most;
    this.#patienceMs = patienceMs;
    this.#processors = processors;
  }

  /** Asks for a turn, which comes in the order of asking. */
  ask(): Turn {
    const { promise: granted, resolve } = Promise.withResolvers<void>();
    const grant = () => {
      this.#waiting.delete(grant);
      this.#taken += 1;
      resolve();
    };
    this.#waiting.add(grant);
    this.#serve();
    return { granted, end: () => (this.#waiting.delete(grant) ? undefined : this.#end()) };
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #end(): void {
    this.#taken -= 1;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#serve();
  }

  #serve(): void {
    for (const grant of this.#waiting) {
      if (this.#taken >= this.#most) break;
      grant();
    }
    if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => this.#serveAnyway(), this.#patienceMs).unref();
  }

  #serveAnyway(): void {
    this.#timer = undefined;
    const [first] = this.#waiting;
    if (this.#processors.isIdle()) first?.();
    this.#serve();
  }
}
