/** What a root does at a time, and how long. Durations in ms unless they say otherwise. */

/**
 * How long a receive waits for a message, in seconds: a root that stops waits for those under way, since what they bring would
 * stay hidden otherwise. SQS takes 20 at most; half of that costs twice as many empty receives, and leaves orchestrators' usual
 * 30 s of grace for the rest.
 */
export const WAIT_SECONDS = 10;

/**
 * How long a received message stays hidden at first, in seconds; while it is worked on, it is hidden anew at every third of
 * that. So whatever a root held that died is back after 15 s at most, where a function's queue would wait for three minutes.
 */
export const VISIBILITY_SECONDS = 15;

/** How long a root that stops goes on receiving for the calls it has. With a last receive's wait that is 20 s, of 30 s of grace. */
export const DRAIN_MS = 10_000;

/** What an invocation of the services has on Lambda; leases of ranges are as long. */
export const INVOCATION_MS = 30_000;

/** A batch that takes longer is given up: its messages come again, here or elsewhere. */
export const BATCH_MS = 60_000;

/**
 * Seconds until a message that failed comes again, by how often it was received: soon at first, since somebody may wait for
 * it; five receives, after which its queue gives it up, take more than five minutes.
 */
export const RETRY_SECONDS = [5, 30, 120, 180] as const;

/** The same of a message that guards a deadline, which may be past by then: the first ones as soon as its queue would. */
export const DEADLINE_RETRY_SECONDS = [2, 2, 30, 180] as const;

/** Between two receives of which the first failed. */
export const PAUSE_MS = 1_000;

/** Receives that fail for so long make a root unhealthy. */
export const UNHEALTHY_AFTER_MS = 30_000;

/** A body that API Gateway would take (HTTP API quotas, 2026-11: 10 MB); the API's own limit is smaller and says so. */
export const BODY_BYTES = 10 * 1024 * 1024;

/** Bodies of all calls under way: what comes beyond them is a 503. As text and parsed they take several times as much. */
export const BODIES_BYTES = 128 * 1024 * 1024;
