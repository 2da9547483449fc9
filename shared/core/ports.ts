/**
 * What the use cases need of the outside, and what each promise does not include. Failed conditions are outcomes;
 * only broken I/O throws. Every read that decides is strongly consistent, but for glances. Every write is safe to repeat.
 */
import type { Answer, FoldedShard, TaskCounts } from './answer.ts';
import type { Claim } from './claim.ts';
import type { CompletionReason, RequestStatus } from './completion.ts';
import type { DividedResult, EnvelopeHeader, ResultsEnvelope, TaskEnvelope } from './envelope.ts';
import type { JobError } from './fold.ts';
import type {
  CallbackAddress,
  Head,
  NestedName,
  Shard,
  Tally,
  TallyAddress,
  TaskRange,
  Thresholds,
} from './gathering.ts';
import type { Past } from './history.ts';
import type { Chunk } from './membership.ts';
import type { Timer } from './timer.ts';

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

/** The tally a mark or update returned, with the whole head where the tally is kept in it. */
export interface Marked {
  readonly tally: Tally;
  readonly head?: Head;
}

export interface Closing {
  readonly requestId: string;
  readonly reason: CompletionReason;
  readonly at: number;
  /** Whether it closes although some of its tasks were not published. */
  readonly unscattered: boolean;
  readonly error?: JobError;
}

/** A success of every task of a request of one shard, by who was sent all of them at once; its header is believed where the head agrees. */
export interface Whole {
  readonly header: Pick<EnvelopeHeader, 'requestId' | 'resultsToken' | 'job' | 'expected' | 'shardSize'>;
  /** Distinct tasks that have arrived: all. */
  readonly arrived: number;
  /** Kept in the head by the same write. */
  readonly answer: Answer;
  /** Kept in the head by the same write too; without, chunks were put before. */
  readonly inside?: Chunk | undefined;
}

/** `holder` is a name of the holder's own, so that a repeat keeps its lease. */
export interface Lease {
  readonly holder: string;
  readonly now: number;
  readonly until: number;
}

/** The gatherings table. It stores and compares; it decides nothing. */
export interface GatheringStore {
  /** Keeps an input that its head does not; a repeat changes nothing. */
  putInput(requestId: string, input: unknown, ttlEpochSeconds: number): Promise<void>;
  readInput(requestId: string): Promise<unknown>;
  /** Registers empty shards; a repeat changes nothing, even after marks or a seal. */
  registerShards(shards: readonly Shard[]): Promise<void>;
  /** Registers the head: from here on the request exists. Does not touch one that is there. */
  registerHead(head: Head): Promise<'registered' | 'exists'>;
  /** The head, or nothing when there is none or its time to live has passed at `now`. */
  readHead(requestId: string, now: number): Promise<Head | undefined>;
  /** The head as it was of late, at half the price: of what it says only `closed` holds for certain. */
  glanceAtHead(requestId: string, now: number): Promise<Head | undefined>;
  /** Notes that every task of an open request was published (the first time only); the head as it then is. */
  markScattered(requestId: string, at: number): Promise<Head | undefined>;
  /**
   * Notes tasks of an open request that are about to be sent again, if `known` copies were sent until now: of several
   * who would, one does.
   */
  markHedged(requestId: string, tasks: readonly number[], known: number, at: number): Promise<'marked' | 'refused'>;
  /** Notes tasks of an open request that wait for requests of their own, with its token; a repeat changes nothing. */
  noteDivided(requestId: string, resultsToken: string, tasks: readonly number[]): Promise<void>;
  /** Remembers a request that a task asks for, under the one above; a repeat changes nothing. */
  putNested(requestId: string, nested: NestedName, ttlEpochSeconds: number): Promise<void>;
  /** Notes that an open request has nested ones; a repeat changes nothing. */
  markNests(requestId: string): Promise<'marked' | 'refused'>;
  /**
   * The requests that tasks of a request asked for, by task and then by id: the first `most` of those behind `after`, which
   * without an id lies before those of its task.
   */
  readNested(requestId: string, after: NestedName | undefined, most: number): Promise<NestedName[]>;
  /** Takes a shard's tasks for publishing until `until`, unless another holder has them at `now`. */
  leaseRange(address: TallyAddress, lease: Lease): Promise<'leased' | 'refused'>;
  /** Notes once that a shard's tasks were published while the request is open; the head as it then is. */
  tellScattered(requestId: string, shard: number): Promise<Head | 'refused'>;
  /** Notes that the range waiting for this shard was sent on its way; a repeat changes nothing. */
  markReleased(address: TallyAddress, at: number): Promise<void>;

  /** Keeps one chunk under a new name, and under the token it came with. Counts nothing. */
  putChunk(address: TallyAddress, resultsToken: string, chunk: Chunk, ttlEpochSeconds: number): Promise<void>;
  /**
   * Adds to the hints, unless the place is unknown, sealed or the token is not the request's. With `inside` it keeps
   * that chunk in the head by the same write; without, the head counts a chunk beside it.
   */
  mark(
    address: TallyAddress,
    resultsToken: string,
    added: { arrived: number; failed: number },
    inside?: Chunk,
  ): Promise<Marked | 'refused'>;
  /** Moves the thresholds if they still are `from` and the place is not sealed. */
  postponeLook(address: TallyAddress, from: Thresholds, to: Thresholds): Promise<'postponed' | 'refused'>;
  readTally(address: TallyAddress): Promise<Tally | undefined>;
  /** Every chunk at a place that came with the token, sealed or not: a forged one is never met. */
  readChunks(address: TallyAddress, resultsToken: string): Promise<Chunk[]>;

  /** Refuses every later mark at a shard; a repeat changes nothing. */
  sealShard(address: TallyAddress, at: number): Promise<void>;
  /**
   * Keeps a shard's fold unless there is one; the one in force. Throws `item-too-large` or `item-not-json` when it cannot be
   * kept.
   */
  putFold(address: TallyAddress, fold: FoldedShard, ttlEpochSeconds: number): Promise<FoldedShard>;
  readFold(address: TallyAddress, range: TaskRange): Promise<FoldedShard | undefined>;
  /** Adds a folded shard's tasks to the head's counts, once, unless the request is closed; `refused` otherwise. */
  tellFolded(requestId: string, shard: number, added: { arrived: number; failed: number }): Promise<Head | 'refused'>;
  /**
   * Takes a request's evaluation number `turn`, unless it or a later one is taken by another `holder`, so that doubled
   * messages do not multiply; a repeat keeps it.
   */
  takeTurn(requestId: string, turn: number, holder: string): Promise<'taken' | 'refused'>;
  /** Takes it on to ask for the folds that a close waits for, if nobody has since `carriedAt`, or at `at` itself. */
  takeCarry(requestId: string, carriedAt: number | undefined, at: number): Promise<'taken' | 'refused'>;

  /**
   * `open → closing`, once; a request of one shard is sealed by the same write. The head after the change, or
   * `refused`: also when tasks were not published yet, and the closing does not allow for that.
   */
  beginClosing(closing: Closing): Promise<Head | 'refused'>;
  /** Keeps an answer unless its version exists; the one in force. Throws `item-too-large` when it cannot be kept. */
  putAnswer(requestId: string, answer: Answer, ttlEpochSeconds: number): Promise<Answer>;
  readAnswer(requestId: string, version: number): Promise<Answer | undefined>;
  /** `closing → closed`, once. */
  publishClosed(requestId: string, answer: Answer): Promise<'published' | 'already-closed'>;
  /**
   * `open → closed` in one write, and sealed, for a request of one shard whose every task has succeeded. With
   * `inside` the head keeps the answer; without, it was put before.
   */
  closeAtOnce(requestId: string, answer: Answer, inside: boolean): Promise<'published' | 'refused'>;
  /** Puts an answer in force that was kept, at a closed request whose answer in force is the version before it. */
  publishAmended(requestId: string, version: number): Promise<'published' | 'refused'>;
  /**
   * The same where nothing was marked before: with the token, and for a head that says of job, tasks and shards what
   * `header` does; the head after the change.
   */
  closeWhole(whole: Whole): Promise<Head | 'refused'>;
  /** Takes the mark of one kind of completion notice away; a repeat changes nothing. */
  clearNotice(requestId: string, kind: NoticeKind): Promise<void>;
  /** Notes when a caller's address was called first, while it is to be called; a repeat changes nothing. */
  noteCalled(requestId: string, at: number): Promise<void>;
}

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

/** One window of one job's history. */
export interface HistoryPlace {
  readonly job: string;
  readonly window: number;
}

/** What is kept of the recent past, for estimates and hedging: counts that only grow. It may miss some of what was. */
export interface HistoryStore {
  /** Adds what somebody has observed. A repeat counts twice. */
  add(place: HistoryPlace, observed: Past, ttlEpochSeconds: number): Promise<void>;
  /** What was observed in a window, and the copies that were sent in it. */
  read(place: HistoryPlace): Promise<Past & { readonly hedged: number }>;
  /** Counts copies that are about to be sent, unless there would be more than `most` of them in the window. */
  spend(place: HistoryPlace, copies: number, most: number, ttlEpochSeconds: number): Promise<'spent' | 'refused'>;
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

/** Sends tasks to their leaves, each message stamped with when. At least once; returns when every envelope was accepted. Takes them as it can send them. */
export interface TaskPublisher {
  publish(envelopes: AsyncIterable<TaskEnvelope> | Iterable<TaskEnvelope>): Promise<void>;
}

/** The tasks of one shard of a larger request, to be published. */
export interface ScatterRange {
  readonly requestId: string;
  readonly shard: number;
  readonly hops: number;
  readonly traceparent?: string;
}

/** Has ranges published by whoever is free, at least once, in any order. */
export interface RangeQueue {
  send(ranges: readonly ScatterRange[]): Promise<void>;
}

/** A request that a task answered with. Nobody has checked who says so. */
export interface NestedSubmission {
  readonly kind: 'nested';
  /** The header of the results it came in. */
  readonly header: EnvelopeHeader;
  readonly result: DividedResult;
}

/** Has nested requests scattered by whoever is free, at least once, in any order. */
export interface NestedQueue {
  send(submissions: readonly NestedSubmission[]): Promise<void>;
}

/** A request that has closed while requests that its tasks asked for may be open: they are to end too, those behind `after`. */
export interface NestedEnding {
  readonly kind: 'ended';
  readonly requestId: string;
  readonly after?: NestedName;
}

/** Has nested requests ended by whoever is free, at least once, in any order. */
export interface EndingQueue {
  send(endings: readonly NestedEnding[]): Promise<void>;
}

/** A shard of a larger request that may be full, by the counts of the mark that noticed; or that has to be folded now. */
export interface ShardLook {
  readonly requestId: string;
  readonly shard: number;
  readonly seen: { readonly arrived: number; readonly failed: number };
}

/** Has shards looked at by whoever is free, at least once, in any order, each in an invocation of its own. */
export interface ShardQueue {
  send(looks: readonly ShardLook[]): Promise<void>;
}

/** Sends a leaf's results home. */
export interface ResultsSender {
  send(replyTo: string, envelope: ResultsEnvelope): Promise<void>;
}

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

/** Delivers a timer to whoever is for its purpose, after a delay of at most 15 minutes, at least once, possibly late. */
export interface TimerQueue {
  schedule(timer: Timer, delaySeconds: number): Promise<void>;
}

/**
 * Whom a notice is for: those who subscribed, the address that the caller gave, the task that asked for the request, or
 * the requests that its own tasks asked for.
 */
export type NoticeKind = 'topic' | 'callback' | 'parent' | 'nested';

/** A closed request whose completion notices are to be sent, for the first time or again. */
export interface NoticeDue {
  readonly requestId: string;
  readonly attempt: number;
}

/** Has notices sent by whoever is free, after a delay of at most 15 minutes, at least once. */
export interface NoticeQueue {
  send(due: NoticeDue, delaySeconds: number): Promise<void>;
}

/** What is told of a request that closed. Not its aggregate, which may be large: `links.self` has it. */
export interface CompletionNotice {
  readonly v: 1;
  readonly requestId: string;
  readonly job: string;
  readonly status: RequestStatus;
  readonly completionReason: CompletionReason;
  readonly version: number;
  readonly tasks: TaskCounts;
  readonly coverage: number;
  readonly acceptedAt: number;
  readonly deadlineAt: number;
  readonly closedAt: number;
  /** Paths of the API. */
  readonly links: { readonly self: string; readonly results: string };
}

/** A message that is none of those we know: to be looked at by a person. */
export interface DeadLetter {
  readonly body: string;
  /** Why it was given up. */
  readonly reason: string;
  /** The queue it was on. */
  readonly from: string;
}

/** Keeps what nobody can work on, at least once. */
export interface DeadLetters {
  keep(letter: DeadLetter): Promise<void>;
}

/** Tells whoever subscribed, which we do not know; returns when the notice was accepted. */
export interface CompletionsTopic {
  publish(notice: CompletionNotice): Promise<void>;
}

/** What came of one call: taken, not wanted ever again, or to be tried again; `reason` may be logged. */
export interface CallbackOutcome {
  readonly outcome: 'taken' | 'gone' | 'not-taken';
  readonly reason: string;
}

/** Calls an address that a caller gave, signed, once. Never throws for what is at its other end. */
export interface CallbackSender {
  send(
    to: CallbackAddress,
    message: { readonly id: string; readonly body: string; readonly at: number },
  ): Promise<CallbackOutcome>;
}

export type MetricName =
  | 'RequestsClosedByDeadline'
  | 'TasksFailed'
  | 'TasksRetried'
  | 'TasksDropped'
  | 'TasksHedged'
  | 'HedgesWon'
  | 'EstimatesKept'
  | 'EstimatesMissed'
  | 'ResultsLate'
  | 'ResultsAmended'
  | 'WastedLeafMs'
  | 'ResultsRefused'
  | 'NoticesSent'
  | 'NoticesFailed'
  | 'AnswersLate'
  | 'RegularMembersAbsent'
  | 'AnswersRefused';

/** One structured line per decision, and counts. Payloads and results never go here. */
export interface Telemetry {
  count(metric: MetricName, by?: number): void;
  log(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}
