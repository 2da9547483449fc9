/**
 * Whether this machine has processor time to spare. Where nothing gets done although it has, handlers wait for something else, and
 * more of them may wait at a time; where it has none, more of them only take turns.
 */
import { cpus } from 'node:os';

export interface Processors {
  /** Whether a good part of the processors' time went unused lately; not while that is unknown. */
  isIdle(): boolean;
}

/** Unused time of all processors together from which they count as idle. */
const IDLE_SHARE = 0.15;
/** The span that is looked back on. Of a longer one nobody knows what it was like at its end. */
const SPAN_MS = { least: 50, most: 1_000 } as const;

export class MachineProcessors implements Processors {
  #at = 0;
  #times = { idle: 0, all: 0 };
  #idle = false;

  isIdle(): boolean {
    const span = performance.now() - this.#at;
    if (span < SPAN_MS.least) return this.#idle;
    const before = this.#times;
    this.#times = timesOfAll();
    this.#at = performance.now();
    const share = (this.#times.idle - before.idle) / (this.#times.all - before.all);
    this.#idle = span <= SPAN_MS.most && share >= IDLE_SHARE;
    return this.#idle;
  }
}

function timesOfAll(): { idle: number; all: number } {
  const times = cpus().map(({ times }) => times);
  const sum = (of: (each: (typeof times)[number]) => number) => times.reduce((total, each) => total + of(each), 0);
  return { idle: sum(({ idle }) => idle), all: sum((each) => Object.values(each).reduce((a, b) => a + b, 0)) };
}
