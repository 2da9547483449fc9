/**
 * The record of what has come in for a request, and the rule that makes counting safe under duplicates:
 * a count is only a hint of when to look; what decides is what is read.
 *
 * Law of the look: set `lookAt` to the count your own mark returned plus the results still needed, and the mark that
 * makes the request closable always reaches it. Duplicates only make it reached early, which costs a look.
 */
import type { Answer } from './answer.ts';
import { type CompletionPolicy, type CompletionReason, type Counts, endsEarly } from './completion.ts';
import type { EnvelopeHeader, TaskResult } from './envelope.ts';
import type { JobError } from './fold.ts';
import { wireBytes } from './json.ts';
import { LIMITS } from './limits.ts';
import type { Chunk, Membership } from './membership.ts';

export type RequestState = 'open' | 'closing' | 'closed';

/** When the next mark must look: at this many arrived results, or at this many failed ones. */
export interface Thresholds {
  readonly lookAt: number;
  readonly failLookAt: number;
}

/** Hints of what has arrived at one place, never fewer than are there, with the thresholds of the next look. */
export interface Tally extends Thresholds {
  readonly arrived: number;
  readonly failed: number;
  readonly sealedAt?: number;
  /** The range that waited for this one was sent on its way. */
  readonly releasedAt?: number;
}

/** An https address whose host the deployment allows, and the key, in base64, that calls of it are signed with. */
export interface CallbackAddress {
  readonly url: string;
  readonly secret: string;
}

/** The task of another request that a request answers. The requests between it and the one a caller submitted: `depth`. */
export interface ParentTask extends Pick<EnvelopeHeader, 'requestId' | 'leaf' | 'hops' | 'traceparent' | 'values'> {
  readonly taskIndex: number;
  readonly attempt: number;
  readonly label?: string;
  readonly depth: number;
}

/**
 * One request. A request of one shard keeps that shard's tally here. In a larger one it counts the tasks of folded
 * shards, each told exactly once, so that here the counts are true.
 */
export interface Head extends Tally {
  readonly requestId: string;
  readonly owner: string;
  readonly job: string;
  readonly jobVersion: number;
  readonly resultsToken: string;
  readonly expected: number;
  readonly shardSize: number;
  readonly policy: CompletionPolicy;
  readonly acceptedAt: number;
  readonly deadlineAt: number;
  readonly ttlEpochSeconds: number;
  readonly state: RequestState;
  /** By when it was said to be complete with a probability of 95 %, when it was accepted. */
  readonly likelyBy?: number;
  readonly scatteredAt?: number;
  /** The shards of a larger request whose tasks were published, and those that are folded. */
  readonly scattered?: ReadonlySet<number>;
  readonly folded?: ReadonlySet<number>;
  /** Tasks that were sent again while they were not known to have failed, how many copies in all, and when last. */
  readonly hedged?: ReadonlySet<number>;
  readonly copies?: number;
  readonly hedgedAt?: number;
  /** Tasks that wait for a request of their own, in a request that may be hedged: a copy would wait for the same one. */
  readonly divided?: ReadonlySet<number>;
  readonly closingAt?: number;
  readonly closedAt?: number;
  /** The evaluation that was taken last, and by whom. */
  readonly evaluationTurn?: number;
  readonly evaluator?: string;
  /** When somebody last asked for the folds that a close is waiting for. */
  readonly carriedAt?: number;
  readonly reason?: CompletionReason;
  /** Code of the job threw while the request was open; it closes for that. */
  readonly error?: JobError;
  /** Of the answer in force; 0 until there is one. */
  readonly version: number;
  /** How long after the close late results amend the answer, in ms. Absent where they are dropped. */
  readonly graceMs?: number;
  /** What a small request keeps here, and a larger one beside: each is a write and a read less. See `inHead`. */
  readonly input?: { readonly value: unknown };
  readonly chunks?: readonly Chunk[];
  /** Version 1; further ones lie beside. */
  readonly answer?: Answer;
  /** How many marks of a request of one shard had their chunks beside the head. Chunks of late results are not counted. */
  readonly beside?: number;
  /** The outbox mark of a completion notice, from registration until it is known to be sent. See `isNoticeDue`. */
  readonly topicNotice?: true;
  /** Where the caller wants to be called when the request has closed: the mark of that notice, and the only copy of its secret. */
  readonly callbackTo?: CallbackAddress;
  /** When it was called first, if it did not take that call: from then on the notifier calls it again by itself. */
  readonly calledAt?: number;
  /** The task that this request answers, until it is known to be told: a mark as the other two. */
  readonly parent?: ParentTask;
  /** Tasks have asked for requests of their own, which end with this one: a mark too, where it closes before its deadline. */
  readonly nests?: true;
}

/** A request that a task of another one asked for, as that one remembers it. */
export interface NestedName {
  readonly taskIndex: number;
  readonly requestId: string;
}

/**
 * What a head may take in, so that it stays within the KB or two that a write of it is billed by: an input, and the
 * results of a few tasks beside their marks, and an answer. Five tasks of 200 bytes then cost 5 write units instead of 12
 * and two calls less on the way to the answer; from some ten tasks on, marks of a growing head cost more than they save.
 */
const IN_HEAD = { inputBytes: 300, tasks: 8, resultBytes: 320, answerBytes: 1_024 } as const;

export const inHead = {
  input: (request: Omit<Shape, 'requestId'>, input: unknown): boolean =>
    hasOneShard(request) && wireBytes(input) <= IN_HEAD.inputBytes,
  chunk: (request: Omit<Shape, 'requestId'>, results: readonly TaskResult[]): boolean =>
    hasOneShard(request) &&
    request.expected <= IN_HEAD.tasks &&
    wireBytes(results) <= results.length * IN_HEAD.resultBytes,
  answer: ({ membership, ...answer }: Answer): boolean =>
    wireBytes(answer) + (membership ? membershipBytes(membership) : 0) <= IN_HEAD.answerBytes,
};

/** As it lies in a head: bitmaps in base64, and names. */
const membershipBytes = ({ succeeded, failed, chunks, layers }: Membership): number =>
  wireBytes({ chunks, layers }) + (4 * (succeeded.length + failed.length)) / 3 + 50;

/** One contiguous range of a large request's tasks. */
export interface Shard extends Tally {
  readonly address: TallyAddress;
  readonly resultsToken: string;
  readonly ttlEpochSeconds: number;
}

/** Where a tally is kept: in the request's head, or in a shard of its own. Its chunks lie beside it. */
export interface TallyAddress {
  readonly requestId: string;
  readonly place: 'head' | number;
}

/** A contiguous range of task indexes. */
export interface TaskRange {
  readonly from: number;
  readonly size: number;
}

/** What says where a request's tasks lie: its head or any envelope of it. */
export type Shape = Pick<EnvelopeHeader, 'requestId' | 'expected' | 'shardSize'>;

/** What finds a request's results: where they lie, and the token they came with. */
export type Finder = Shape & Pick<EnvelopeHeader, 'resultsToken'>;

export const headAddress = (requestId: string): TallyAddress => ({ requestId, place: 'head' });
export const shardOf = (taskIndex: number, shardSize: number): number => Math.floor(taskIndex / shardSize);
export const shardCount = ({ expected, shardSize }: Omit<Shape, 'requestId'>): number =>
  Math.ceil(expected / shardSize);
export const hasOneShard = (shape: Omit<Shape, 'requestId'>): boolean => shape.expected <= shape.shardSize;

/** Where shard `shard` of a request is tallied. */
export const shardAddress = (request: Shape, shard: number): TallyAddress =>
  hasOneShard(request) ? headAddress(request.requestId) : { requestId: request.requestId, place: shard };

/** Bytes that one value of a request may take as JSON, so that the fullest shard of it can be folded in one function. */
export const valueLimit = ({ expected, shardSize }: Omit<Shape, 'requestId'>): number =>
  Math.min(LIMITS.valueBytes, Math.floor(LIMITS.shardValueBytes / Math.min(expected, shardSize)));

/** Of so many results there may be a whole shard's values: ten requests of as many at a time do not fit into one function. */
const MUCH = 100;

/** Whether reading what is in may take the memory that a function has for it: it is then done for one request at a time. */
export const holdsMuch = ({ arrived }: Pick<Tally, 'arrived'>): boolean => arrived > MUCH;

export const tooLarge = (bytes: number, limit: number): string =>
  Number.isFinite(bytes)
    ? `the value takes ${bytes} bytes, over the limit of ${limit}`
    : 'the value is nested too deep to be kept';

/** The members of a head that are marks of notices, by whom these are for. */
export const NOTICE_MARKS = {
  topic: 'topicNotice',
  callback: 'callbackTo',
  parent: 'parent',
  nested: 'nests',
} as const;

/**
 * Whether a completion notice has to be sent. The mark lies in the head from the start and counts from the moment it is
 * closed, so that whichever write closes a request publishes its mark too, and costs nothing more.
 */
export const isNoticeDue = (head: Head): boolean =>
  head.state === 'closed' && (head.callbackTo !== undefined || isToldAnyway(head));

/** Beside a callback, which takes its own time. */
const isToldAnyway = (head: Head): boolean =>
  head.topicNotice === true || head.parent !== undefined || leavesNested(head);

/** Whether requests that its tasks asked for are to end with a request: what closes late, or complete, leaves none behind. */
export const leavesNested = ({ nests, reason }: Pick<Head, 'nests' | 'reason'>): boolean =>
  nests === true && endsEarly(reason);

/** A notice is on its way, or handled, so soon after the close, in ms: one callback may take 8 s. */
const NOTICE_LEFT_MS = 10_000;

/** Whether nobody seems to have asked for a notice that is due: whoever closed the request may have died before that. */
export const isNoticeLeft = (head: Head, now: number): boolean =>
  isNoticeDue(head) &&
  (isToldAnyway(head) || head.calledAt === undefined) &&
  now >= (head.closedAt ?? now) + NOTICE_LEFT_MS;

/** The addresses of all shards of a request, in task order. */
export const shardAddresses = (request: Shape): TallyAddress[] =>
  Array.from({ length: shardCount(request) }, (_, shard) => shardAddress(request, shard));

/** The shards of a larger request that are not folded, in task order. */
export const unfolded = (head: Head): number[] =>
  Array.from({ length: shardCount(head) }, (_, shard) => shard).filter((shard) => !head.folded?.has(shard));

/** Whether nothing is left of a larger request but to merge its folds. */
export const isFolded = (head: Head): boolean => (head.folded?.size ?? 0) === shardCount(head);

/** The true counts of what is folded of a larger request. */
export const foldedCounts = ({ expected, arrived, failed }: Head): Counts => ({
  expected,
  succeeded: arrived - failed,
  failed,
});

/**
 * The shard whose tasks may be published now that `tally` is what has come in for shard `shard`: half of it is in, and
 * nobody has sent it yet. So a request has about `shardsInFlight` shards under way at its leaves, and never all of them.
 */
export function releasedBy(request: Shape, shard: number, tally: Tally, shardsInFlight: number): number | undefined {
  const next = shard + shardsInFlight;
  if (tally.releasedAt !== undefined || next >= shardCount(request)) return undefined;
  return 2 * tally.arrived >= request.shardSize ? next : undefined;
}

/** The task indexes a tally address stands for. */
export function rangeOf(request: Shape, address: TallyAddress): TaskRange {
  if (address.place === 'head') return { from: 0, size: request.expected };
  const from = address.place * request.shardSize;
  return { from, size: Math.min(request.shardSize, request.expected - from) };
}

/** No failure count ever reaches it: the policy does not close on failures. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** The thresholds for the next look, after a look found `counts` to be true and the looker's own mark had returned `seen`. */
export function nextLook(
  policy: CompletionPolicy,
  counts: Counts,
  seen: { readonly arrived: number; readonly failed: number },
): Thresholds {
  const { expected, succeeded, failed } = counts;
  const unknown = expected - succeeded - failed;
  switch (policy.kind) {
    case 'all':
      return { lookAt: seen.arrived + unknown, failLookAt: NEVER };
    case 'tolerate':
      return { lookAt: seen.arrived + unknown, failLookAt: seen.failed + (policy.failures + 1 - failed) };
    case 'quorum':
      return {
        lookAt: seen.arrived + Math.min(unknown, policy.successes - succeeded),
        failLookAt: seen.failed + (expected - policy.successes + 1 - failed),
      };
    case 'when': // a predicate may hold at any result; beyond a hundred, steps of a 64th keep n results at O(log n) looks
      return {
        lookAt: seen.arrived + Math.min(unknown, Math.max(1, Math.floor(seen.arrived / 64))),
        failLookAt: NEVER,
      };
  }
}

/** The thresholds of a request, or shard, into which nothing has come yet. */
export const firstLook = (policy: CompletionPolicy, expected: number): Thresholds =>
  nextLook(policy, { expected, succeeded: 0, failed: 0 }, { arrived: 0, failed: 0 });

/** Whether whoever was returned this tally must look. */
export const isLookDue = (tally: Tally): boolean => tally.arrived >= tally.lookAt || tally.failed >= tally.failLookAt;

/** An empty tally under `policy`. */
export const emptyTally = (policy: CompletionPolicy, expected: number): Tally => ({
  arrived: 0,
  failed: 0,
  ...firstLook(policy, expected),
});
