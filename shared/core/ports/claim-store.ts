/**
 * Where payloads are kept that travel as claims.
 * Failed conditions are outcomes; only broken I/O throws. Every write is safe to repeat.
 */
import type { Claim } from '../claim.ts';

/** JSON texts kept outside of messages and items, each for one request and for days; nothing is ever removed by us. */
export interface ClaimStore {
  /**
   * Keeps a text until `ttlEpochSeconds` at least; a repeat changes nothing.
   *
   * @throws ClaimError `claim-too-large`, naming size and limit.
   */
  put(requestId: string, json: string, ttlEpochSeconds: number, signal?: AbortSignal): Promise<Claim>;
  /**
   * The value of the text that the request's claim stands for, checked.
   *
   * @throws ClaimError `claim-missing` or `claim-tampered`; whatever else it throws may pass.
   */
  get(requestId: string, claim: Claim, signal?: AbortSignal): Promise<unknown>;
  /** A URL by which anyone may read the text for `seconds`, without asking whether it is there. */
  link(requestId: string, claim: Claim, seconds: number): Promise<string>;
}
