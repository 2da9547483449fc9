/** Time, turns and chance. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`. */
  sleep(ms: number): Promise<void>;
}

/** Timers that may be called off, and turns of the event loop. */
export interface Timers {
  /** Calls `call` once after `ms`, unless what it returns is called first. */
  after(ms: number, call: () => void): () => void;
  /** Resolves once everything that waits for the event loop has had it. */
  turn(): Promise<void>;
}

/** Unguessable names. */
export interface Ids {
  requestId(): string;
  resultsToken(): string;
  chunkId(): string;
  leaseId(): string;
}
