/** Every limit of ours and of AWS's, each named once, with its source. Sizes in bytes, durations in ms. */

/** Deadlines a caller or a job may choose, in ms. */
export const DEADLINE_MS = { min: 1_000, default: 20_000, max: 7 * 24 * 3_600_000 } as const;

/** How long after its close a request may take late results in, in ms: as long as callers still ask, and far below a retention. */
export const GRACE_MS = { min: 1_000, max: 3_600_000 } as const;

/** The smallest share of a request's tasks that may be a quorum: 0.001 %, as finely as a caller may ask. */
export const SHARE = { min: 0.000_01 } as const;

/** The longest a caller may wait inside one call, in ms: API Gateway ends a call at 30 s (HTTP API quotas, 2026-11). */
export const MAX_WAIT_MS = 25_000;

/** The longest a leaf's function may take, in ms (Lambda quotas, 2026-11: 15 minutes). */
export const LONGEST_LEAF_MS = 900_000;

/**
 * A leaf that checks the request reads its state before a message, unless it did so a moment ago, and again every few
 * seconds while its tasks run: 300 times in the longest leaf. Each read is half a read unit, eventually consistent, of an item
 * of 4 KB at most (DynamoDB developer guide, "On-demand capacity mode", 2026-11); a million units are $0.125 (us-east-1
 * price list, 2026-11), so a read is $0.0000000625. One that takes longer than `longest` is given up.
 */
export const REQUEST_CHECK_MS = { fresh: 1_000, every: 3_000, longest: 500 } as const;

/**
 * What the warden's function may take, and for how long its messages are hidden, in ms: as short as AWS lets the second be
 * (Lambda developer guide, "Configuring a queue to use with Lambda", 2026-11), and long enough for a cold start.
 */
export const WARDEN_MS = 2_000;

/**
 * Shards looked at or folded at a time, of all requests together. Each reads up to 16 MiB, 4,000 read units: a new
 * on-demand table gives 12,000 a second (DynamoDB developer guide, "On-demand capacity mode", 2026-11), which marks and
 * readers of small requests share.
 */
export const SHARDS_AT_ONCE = 20;

/** How long a roll-call may wait for answers, in ms; it ends within the call, which API Gateway ends at 30 s. */
export const ROLL_CALL_WINDOW_MS = { min: 100, default: 2_000, max: 20_000 } as const;

/** How long a job may wait for its audience, in ms: a caller's wait for the answer begins with it. */
export const AUDIENCE_WINDOW_MS = { max: 10_000 } as const;

/** How long a roll-call waits at least unless its caller says otherwise, in ms. */
export const ROLL_CALL_LEAST_MS = 250;

/**
 * The census of who answers roll-calls. A service's members are one item: `bytes` is what they may take as JSON, within
 * DynamoDB's 400 KB however badly it packs.
 */
export const CENSUS = {
  services: 200,
  instances: 1_000,
  bytes: 380 * 1024,
  /** Answers of the last eight calls that make a member one that usually answers. */
  usualAnswers: 3,
  /** The shortest window in which not answering means anything, in ms. */
  countedWindowMs: 1_000,
  /** When an unchanged census is written again all the same, for when its members were last seen, in ms. */
  staleAfterMs: 60_000,
  /** When a member that has not answered is forgotten, whatever came in between, in ms. */
  forgetAfterMs: 24 * 3_600_000,
  /** Tries to keep what one roll-call teaches of a service, while others keep theirs. */
  tries: 4,
} as const;

export const LIMITS = {
  /** Tasks of one request. */
  tasksPerRequest: 1_000_000,
  /**
   * Tasks of one shard: one item takes 1,000 marks a second, and a shard is folded in one function's memory. Half as many
   * cost 1 % more write units a task, twice as many cost no fewer (decision 35; `npm run bench -- thresholds`, 2026-11).
   */
  tasksPerShard: 2_500,
  /**
   * Shards of one request whose tasks are under way at a time: 20,000 tasks, so that no request fills a queue others share.
   * From two on, the local cloud's speed is the same (decision 35); eight keep 400 environments at work, ten tasks a message.
   */
  shardsInFlight: 8,
  tasksPerMessage: 100,
  attempts: 10,
  /** A request's input as JSON. It reaches a function inside an event of 6 MB, quotes escaped (Lambda quotas, 2026-11). */
  inputBytes: 4 * 1024 * 1024,
  /** One task's payload as JSON inside its message, so that it stays under `TASK_MESSAGE_BYTES`; a larger one is a claim. */
  payloadBytes: 200 * 1024,
  /** One result's value as JSON inside a message and a chunk; a larger one is a claim. See `valueLimit`. */
  valueBytes: 200 * 1024,
  /**
   * All values of one shard: they are folded in the memory of one function of 512 MB. JSON that is dense in values, such as
   * pairs of digits, takes up to 16 times its bytes once it is parsed (Node 24, 2026-11: 360 MB, where 64 MiB took 970 MB).
   */
  shardValueBytes: 16 * 1024 * 1024,
  /**
   * What one claim stands for, as JSON: read, hashed and parsed in the memory of one function. S3 would keep 5 TB an
   * object, 5 GB of it in one PUT (S3 user guide, "Uploading objects", 2026-11).
   */
  claimBytes: 5 * 1024 * 1024,
  /**
   * Results that an environment of the aggregator remembers to have taken in, at least, and twice as many at most: what some seconds of a
   * full queue bring it. They take 1 MB, or 6 where each is of a request of its own (Node 24, 2026-11).
   */
  resultsRemembered: 10_000,
  /**
   * Tasks that an environment of a leaf remembers to have answered, at least, and twice as many at most: two full shards. They take
   * 0.4 MB, or 3.6 where each is of a request of its own (Node 24, 2026-11): little of the 128 MB that a leaf may have.
   */
  tasksRemembered: 5_000,
  /**
   * Characters of JSON, of the chunks that an environment of the aggregator has marked itself and may fold without reading them: fifteen
   * requests of 1,000 results of 200 bytes. They take 4 MB, or 8 where they are not all Latin.
   */
  ownChunksLength: 4 * 1024 * 1024,
  /** One chunk item, under DynamoDB's 400 KB with room for its keys. */
  chunkBytes: 300 * 1024,
  /** One item with an input, accumulator or aggregate, compressed, under DynamoDB's 400 KB; a larger one is a claim. */
  itemBytes: 390 * 1024,
  /** An aggregate as JSON: a Lambda answer ends at 6 MB (Lambda quotas, 2026-11). */
  aggregateBytes: 5 * 1024 * 1024,
  /** Characters of an error message that travel. */
  messageLength: 500,
  /** Characters of an id or a name in a message: they become parts of keys, which end at 1,024 bytes (DynamoDB developer guide, Quotas, 2026-11). */
  nameLength: 128,
  labelLength: 200,
  /** Characters of a failure's cause: an answer names a hundred of them. */
  causeLength: 100,
  /** Requests between a task and the one that a caller submitted: what divides itself without end stops here. */
  nestingDepth: 8,
  /** Failed or missing tasks named in an answer; the rest are on the results pages. */
  tasksNamed: 100,
  /** Links in one answer, of a KB or two each; what an aggregate refers to beyond them is on the results pages. */
  linksPerAnswer: 1_000,
  /** Rows of one results page. */
  resultsPage: 1_000,
  idempotencyKeyLength: 255,
  /** Characters of a callback's address: it lies in the head, which a write is billed by. */
  callbackLength: 500,
  /** Bytes of a callback's key (Standard Webhooks specification, "Signature scheme", 2026-11). */
  callbackSecretBytes: { min: 24, max: 64 },
  /** What one callback may take, in ms. */
  callbackMs: 8_000,
  /** Characters of one job's settings as JSON: a function's environment ends at 4 KB (Lambda quotas, 2026-11). */
  settingsLength: 2_000,
  /** Characters of a service's or an instance's name: two of them are in a queue's or an expected member's name. */
  memberNameLength: 128,
  /** Characters of the address of an instance's queue; SQS's own URLs have some 140. */
  addressLength: 512,
  /** What an instance may say of itself beside its name, as JSON. */
  metadataBytes: 2 * 1024,
  /** An answer to a roll-call over HTTPS, as JSON, with room for members that we do not know. */
  answerBytes: 16 * 1024,
  /** Services that one roll-call asks, or members that it expects, by name. */
  membersNamed: 200,
  /** What a roll-call asks, as JSON: its members' names, and room for spaces. */
  rollCallBytes: 128 * 1024,
  /** Instances that a roll-call shows; further ones are counted. A thousand of 2 KB of metadata take half of an answer's 5 MB. */
  instancesShown: 2_000,
  /** Answers that one roll-call takes, doubles included, so that nobody who was asked can fill it without end. */
  answersTaken: 10_000,
} as const;

/** SNS: one message, and the sum of one PublishBatch (SNS developer guide, Quotas, 2026-11: 256 KiB by default). */
export const SNS_MESSAGE_BYTES = 256 * 1024;
/** What we fill of it: a margin for message attributes. */
export const TASK_MESSAGE_BYTES = 240 * 1024;
/** SQS: one message, and the sum of one batch (SQS developer guide, Quotas, 2026-11: 1 MiB). We fill 900 KiB. */
export const RESULTS_MESSAGE_BYTES = 900 * 1024;
/** SQS: what it takes of one message at most (SQS developer guide, Quotas, 2026-11). */
export const SQS_MESSAGE_BYTES = 1024 * 1024;
/** SNS PublishBatch and SQS batches take ten entries (API references, 2026-11). */
export const BATCH_ENTRIES = 10;
/** SQS: the longest DelaySeconds (API reference, 2026-11). */
export const MAX_DELAY_SECONDS = 900;

/**
 * Lifetime classes of claims, in days; each is a prefix with an expiration rule of its own. The longest outlives the
 * longest deadline and retention. S3 removes an object at the first midnight UTC that finds it that old
 * (S3 user guide, "Lifecycle configuration elements", 2026-11): never earlier, up to a day later.
 */
export const CLAIM_DAYS = [1, 2, 4, 8, 16, 32, 64] as const;
export type ClaimDays = (typeof CLAIM_DAYS)[number];

/** How long a signed link to a claim holds, in seconds; it ends with the credentials of the function that signed, if they end earlier. */
export const CLAIM_LINK_SECONDS = 900;

/** Executions of an account at a time unless it asked for more; a new one may have far fewer. */
export const ACCOUNT_CONCURRENCY = { most: 1_000, source: 'Lambda developer guide, "Lambda quotas", 2026-11' } as const;
/** What a function may start beside what it has: 1,000 environments every 10 s. */
export const FUNCTION_RAMP = {
  ...{ first: 1_000, step: 1_000, everyMs: 10_000, most: Number.POSITIVE_INFINITY },
  source: 'Lambda developer guide, "Lambda scaling behavior", 2026-11',
} as const;
/** Batches of a standard queue that one mapping has under way: 5, then up to 300 more a minute, up to 1,250. We take them once a minute. */
export const MAPPING_RAMP = {
  ...{ first: 5, step: 300, everyMs: 60_000, most: 1_250 },
  source: 'Lambda developer guide, "Configuring scaling behavior for SQS event source mappings", 2026-11',
} as const;
/** Write units a second that one partition takes, and so one item. */
export const PARTITION_WRITES = {
  units: 1_000,
  source: 'DynamoDB developer guide, "Designing partition keys to distribute your workload", 2026-11',
} as const;
/**
 * What the bulk queues of leaves without a maximum of their own share, unless the deployment says otherwise. The aggregator
 * and the timer keep some 200 of an account's executions; 400 leaves as many again for direct deliveries, which ramp at
 * once, where a mapping starts with 5 batches and adds 300 a minute: a million tasks reach their 400 after little more than
 * a minute, and no further.
 */
export const BULK_CONCURRENCY = 400;
/** Messages that one invocation takes from a bulk queue at most where the leaf did not choose. */
export const BULK_BATCH = 10;
/** Seconds between a callback that was not taken and the next: nine calls in 75 minutes, then it is given up. */
export const CALLBACK_DELAYS_SECONDS = [5, 30, 120, 600, 900, 900, 900, 900] as const;
/** How long a request with a callback is kept at least, in ms: until the last of them, and a quarter of an hour for what delays them. */
export const CALLBACK_KEPT_MS = 1_000 * (CALLBACK_DELAYS_SECONDS.reduce((sum, seconds) => sum + seconds, 0) + 900);
