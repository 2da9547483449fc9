/** Messages by which work is handed on: at least once, in any order. Only broken I/O throws. */
import type { DividedResult, EnvelopeHeader, ResultsEnvelope, TaskEnvelope } from '../envelope.ts';
import type { NestedName } from '../gathering.ts';
import type { Timer } from '../timer.ts';

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

/** Delivers a timer to whoever is for its purpose, after a delay of at most 15 minutes, at least once, possibly late. */
export interface TimerQueue {
  schedule(timer: Timer, delaySeconds: number): Promise<void>;
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
