/** What may be asked of a request by whoever may touch nothing of it. Only broken I/O throws. */
import type { Head } from '../gathering.ts';

/**
 * Whether requests are still open, for leaves that ask. An end may be seen a moment late; what has ended never opens again.
 * It is tried once, and soon given up: who asks has something better to do.
 */
export interface RequestStates {
  /** `unknown` is certain: there is no such request, or no more. */
  stateOf(requestId: string): Promise<Head['state'] | 'unknown'>;
}

/** The members of a head that say what was asked, and whether it still is; `ttlEpochSeconds` says how long it is there. */
export const FACT_ATTRIBUTES = [
  ...(['job', 'jobVersion', 'resultsToken', 'expected', 'shardSize', 'acceptedAt', 'deadlineAt', 'graceMs'] as const),
  ...(['state', 'ttlEpochSeconds'] as const),
] as const satisfies readonly (keyof Head)[];

/** What a request's head says of it from the start, and whether it is open. */
export type RequestFacts = Pick<Head, 'requestId' | (typeof FACT_ATTRIBUTES)[number]>;

/** What whoever takes answers from outside checks them against: one consistent read, and nothing of what a request holds. */
export interface FactsReader {
  /** Nothing when there is no such request, or its time to live has passed at `now`. */
  factsOf(requestId: string, now: number): Promise<RequestFacts | undefined>;
}
