/**
 * The envelope, version 1: plain JSON between distributor, leaves and aggregator, whatever language a leaf is in.
 * A task envelope goes out to leaves; a results envelope comes back, echoing the same header. What is too large for a
 * message is kept outside of it, and its claim travels instead. What reads it is `parse-envelope.ts`.
 */
import type { Claim } from './claim.ts';

export const ENVELOPE_VERSION = 1;

/** What every message of a request carries. Instants are epoch milliseconds. */
export interface EnvelopeHeader {
  readonly v: typeof ENVELOPE_VERSION;
  readonly requestId: string;
  readonly job: string;
  readonly jobVersion: number;
  /** The leaf that answers: a key of the job's `leaves`. */
  readonly leaf: string;
  /** Tasks of the whole request, and of one full shard: a task's shard is ⌊taskIndex / shardSize⌋. */
  readonly expected: number;
  readonly shardSize: number;
  /** The one instance of the leaf's service that is to answer, where the task names it. */
  readonly instance?: string;
  /** Functions this request's work has passed through, so that loops end. */
  readonly hops: number;
  readonly acceptedAt: number;
  readonly deadlineAt: number;
  /** After it nobody does I/O for this message. */
  readonly expiresAt: number;
  /** Random per request; a result without it is refused. */
  readonly resultsToken: string;
  readonly traceparent?: string;
  /** When the task message was sent: what a leaf's latency is measured from. Stamped by whoever sends. */
  readonly publishedAt?: number;
  /** Every value of the request is to be a claim, however small. */
  readonly values?: 'claims';
  /** How long after the close results still come in, in ms; absent where late ones are dropped. */
  readonly graceMs?: number;
}

/** A task's payload, or the claim it is kept under: one of both. */
export interface Payload {
  readonly payload?: unknown;
  readonly claim?: Claim;
}

export interface EnvelopeTask extends Payload {
  readonly taskIndex: number;
  readonly label?: string;
}

export interface TaskEnvelope extends EnvelopeHeader {
  readonly attempt: number;
  /** A second copy of tasks that are not known to have failed; their results say so too. */
  readonly hedge?: true;
  readonly replyTo: string;
  readonly tasks: readonly EnvelopeTask[];
}

export type FailureCause =
  | 'leaf-error'
  | 'leaf-timeout'
  | 'leaf-crashed'
  | 'leaf-throttled'
  | 'result-too-large'
  | 'claim-missing'
  | 'claim-tampered'
  | 'claim-unavailable'
  | 'undeliverable'
  | 'nested-refused'
  | 'nested-too-deep'
  | 'nested-failed'
  | 'no-such-instance';

export interface TaskError {
  readonly cause: FailureCause | (string & {});
  readonly message: string;
  readonly retryable: boolean;
}

interface ResultBase {
  readonly taskIndex: number;
  readonly attempt: number;
  /** It is a hedge's. */
  readonly hedge?: true;
  readonly label?: string;
  /** Whole milliseconds the leaf worked on the task in this attempt, if it says so. Kept nowhere. */
  readonly tookMs?: number;
}

/** A value, or the claim it is kept under: one of both. */
export interface SucceededResult extends ResultBase {
  readonly value?: unknown;
  readonly claim?: Claim;
}

/** With the task's payload, echoed by whoever reports a retryable failure: the next attempt carries it. */
export interface FailedResult extends ResultBase, Payload {
  readonly error: TaskError;
}

/** A value, or an error: what becomes of a task, and is kept. */
export type TaskResult = SucceededResult | FailedResult;

/** What a task asks for in place of a value: an input for a job, or the claim it is kept under, of the asking request. */
export interface NestedRequest {
  readonly job: string;
  readonly input?: unknown;
  readonly claim?: Claim;
}

/** The task is answered by a request of its own, whose aggregate becomes its result. */
export interface DividedResult extends ResultBase {
  readonly request: NestedRequest;
}

/** What a leaf says of one task. */
export type LeafResult = TaskResult | DividedResult;

export interface ResultsEnvelope extends EnvelopeHeader {
  readonly results: readonly LeafResult[];
}

/** Results of which none is divided. */
export interface TaskReport extends EnvelopeHeader {
  readonly results: readonly TaskResult[];
}

export const isFailure = (result: LeafResult): result is FailedResult => 'error' in result;
export const isDivided = (result: LeafResult): result is DividedResult => 'request' in result;

/** A task's payload as it is passed on; whoever passes it on need not look at it. */
export const payloadOf = ({ payload, claim }: Payload): Payload => (claim ? { claim } : { payload });

/** The header alone of any envelope, as an answer echoes it. */
export function headerOf(envelope: EnvelopeHeader): EnvelopeHeader {
  const { v, requestId, job, jobVersion, leaf, expected, shardSize, hops } = envelope;
  const { acceptedAt, deadlineAt, expiresAt, resultsToken, traceparent, publishedAt, values, graceMs, instance } =
    envelope;
  return {
    ...{ v, requestId, job, jobVersion, leaf, expected, shardSize, hops },
    ...{ acceptedAt, deadlineAt, expiresAt, resultsToken },
    ...(instance === undefined ? {} : { instance }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(publishedAt === undefined ? {} : { publishedAt }),
    ...(values === undefined ? {} : { values }),
    ...(graceMs === undefined ? {} : { graceMs }),
  };
}

/** What says whose results they are; a forged header stands for nobody else's. */
export type Sender = Pick<EnvelopeHeader, 'requestId' | 'resultsToken' | 'expected' | 'shardSize'>;

export const senderName = ({ requestId, resultsToken, expected, shardSize }: Sender): string =>
  JSON.stringify([requestId, resultsToken, expected, shardSize]);

/** When work on a task is of no use any more, in epoch ms: at the deadline, or once late results come in no longer. */
export const usefulUntil = ({ deadlineAt, graceMs = 0 }: Pick<EnvelopeHeader, 'deadlineAt' | 'graceMs'>): number =>
  deadlineAt + graceMs;
