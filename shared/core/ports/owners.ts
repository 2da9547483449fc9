/**
 * What owners have open, and the keys they used.
 * Failed conditions are outcomes; only broken I/O throws. Every write is safe to repeat.
 */
/** What one owner has open, and the idempotency keys they used. Places may outlive their requests; keys expire. */
export interface OwnerLedger {
  /** Takes one of the owner's `limit` places; a repeat for the same request keeps its place. All may be forgotten after the time to live. */
  open(
    owner: string,
    requestId: string,
    place: { readonly limit: number; readonly ttlEpochSeconds: number },
  ): Promise<'opened' | 'too-many'>;
  /** Gives the place back; a repeat changes nothing. */
  release(owner: string, requestId: string): Promise<void>;
  /** The requests that hold a place. */
  openRequests(owner: string): Promise<string[]>;
  /** What a key is bound to, unless its binding has expired at `now`. */
  readKey(owner: string, key: string, now: number): Promise<KeyClaim | undefined>;
  /** Binds a key to a submission, unless it is bound and not expired at `now`; the binding in force. */
  claimKey(owner: string, key: string, claim: KeyClaim, now: number): Promise<KeyClaim>;
}

/** The submission an idempotency key stands for. */
export interface KeyClaim {
  readonly requestId: string;
  /** A digest of what the caller said, job, input and options: another one under the same key is another submission. */
  readonly fingerprint: string;
  /** Kept with the key, so that a resumed registration finds its shards under the token they were made with. */
  readonly resultsToken: string;
  readonly ttlEpochSeconds: number;
}
