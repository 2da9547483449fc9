/**
 * Where gatherings are kept. Every read that decides is strongly consistent, but for glances.
 * Failed conditions are outcomes; only broken I/O throws. Every write is safe to repeat.
 */
import type { Answer, FoldedShard } from '../answer.ts';
import type { CompletionReason } from '../completion.ts';
import type { EnvelopeHeader } from '../envelope.ts';
import type { JobError } from '../fold.ts';
import type { Head, NestedName, Shard, Tally, TallyAddress, TaskRange, Thresholds } from '../gathering.ts';
import type { Chunk, WrittenChunk } from '../membership.ts';
import type { NoticeKind } from './notices.ts';

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

/** A request as it is registered: its input, its shards, its head. */
export interface RegistrationStore {
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
}

/** That its tasks are sent, and sent again. */
export interface ScatteringStore {
  /** Notes that every task of an open request was published (the first time only); the head as it then is. */
  markScattered(requestId: string, at: number): Promise<Head | undefined>;
  /**
   * Notes tasks of an open request that are about to be sent again, if `known` copies were sent until now: of several
   * who would, one does.
   */
  markHedged(requestId: string, tasks: readonly number[], known: number, at: number): Promise<'marked' | 'refused'>;
  /** Notes tasks of an open request that wait for requests of their own, with its token; a repeat changes nothing. */
  noteDivided(requestId: string, resultsToken: string, tasks: readonly number[]): Promise<void>;
  /** Takes a shard's tasks for publishing until `until`, unless another holder has them at `now`. */
  leaseRange(address: TallyAddress, lease: Lease): Promise<'leased' | 'refused'>;
  /** Notes once that a shard's tasks were published while the request is open; the head as it then is. */
  tellScattered(requestId: string, shard: number): Promise<Head | 'refused'>;
  /** Notes that the range waiting for this shard was sent on its way; a repeat changes nothing. */
  markReleased(address: TallyAddress, at: number): Promise<void>;
}

/** The requests that its tasks ask for. */
export interface NestingStore {
  /** Remembers a request that a task asks for, under the one above; a repeat changes nothing. */
  putNested(requestId: string, nested: NestedName, ttlEpochSeconds: number): Promise<void>;
  /** Notes that an open request has nested ones; a repeat changes nothing. */
  markNests(requestId: string): Promise<'marked' | 'refused'>;
  /**
   * The requests that tasks of a request asked for, by task and then by id: the first `most` of those behind `after`, which
   * without an id lies before those of its task.
   */
  readNested(requestId: string, after: NestedName | undefined, most: number): Promise<NestedName[]>;
}

/** Results as they come in. */
export interface MarkingStore {
  /** Keeps one chunk under a new name, and under the token it came with. Counts nothing. */
  putChunk(address: TallyAddress, resultsToken: string, chunk: WrittenChunk, ttlEpochSeconds: number): Promise<void>;
  /**
   * Adds to the hints, unless the place is unknown, sealed or the token is not the request's. With `inside` it keeps
   * that chunk in the head by the same write; without, the head counts one mark more of chunks beside it.
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
}

/** Shards sealed and folded. */
export interface FoldingStore {
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
}

/** Its end, its answers, and the marks of those who are to be told. */
export interface ClosingStore {
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

/** The gatherings table. It stores and compares; it decides nothing. */
export interface GatheringStore
  extends RegistrationStore,
    ScatteringStore,
    NestingStore,
    MarkingStore,
    FoldingStore,
    ClosingStore {}
