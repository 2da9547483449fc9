/**
 * How many executions of a function there may be at a time. A function without a reservation is bounded by its environments
 * alone; one with a reservation answers 429 beyond it, as Lambda does, and whoever may try again waits for its turn.
 */
export class Executions {
  readonly #most: number;
  #running = 0;
  readonly #waiting = new Set<(room: boolean) => void>();

  /** `reserved` executions at most; without it, as many as come. */
  constructor(reserved: number | undefined) {
    this.#most = reserved ?? Number.POSITIVE_INFINITY;
  }

  /** Takes a place if there is one; whoever took it gives it back with `leave`. */
  enter(): boolean {
    if (this.#running >= this.#most) return false;
    this.#running += 1;
    return true;
  }

  leave(): void {
    this.#running -= 1;
    const [first] = this.#waiting;
    first?.(true);
  }

  /** True as soon as there may be a place, in the order of asking; false at `until` (epoch ms). Somebody else may be faster. */
  room(until: number): Promise<boolean> {
    if (this.#running < this.#most) return Promise.resolve(Date.now() < until);
    return new Promise((resolve) => {
      const wake = (room: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(room);
      };
      const timer = setTimeout(wake, Math.min(until - Date.now(), LONGEST_TIMER_MS), false);
      this.#waiting.add(wake);
    });
  }

  /** Sends everybody away. */
  close(): void {
    for (const wake of [...this.#waiting]) wake(false);
  }
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;
