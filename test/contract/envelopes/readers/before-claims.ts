/**
 * What read envelopes before there were claims (22 November 2026), as it was then: only its imports are not. It stands for leaves and aggregators of
 * that day that are still at work, and is not to be changed.
 */
import { InvalidEnvelopeError } from '../../../../shared/core/errors.ts';

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
  /** Functions this request's work has passed through, so that loops end. */
  readonly hops: number;
  readonly acceptedAt: number;
  readonly deadlineAt: number;
  /** After it nobody does I/O for this message. */
  readonly expiresAt: number;
  /** Random per request; a result without it is refused. */
  readonly resultsToken: string;
  readonly traceparent?: string;
}

export interface EnvelopeTask {
  readonly taskIndex: number;
  readonly label?: string;
  readonly payload: unknown;
}

export interface TaskEnvelope extends EnvelopeHeader {
  readonly attempt: number;
  readonly replyTo: string;
  readonly tasks: readonly EnvelopeTask[];
}

export type FailureCause =
  | 'leaf-error'
  | 'leaf-timeout'
  | 'leaf-crashed'
  | 'leaf-throttled'
  | 'result-too-large'
  | 'undeliverable';

export interface TaskError {
  readonly cause: FailureCause | (string & {});
  readonly message: string;
  readonly retryable: boolean;
}

interface ResultBase {
  readonly taskIndex: number;
  readonly attempt: number;
  readonly label?: string;
}

export interface SucceededResult extends ResultBase {
  readonly value: unknown;
}

export interface FailedResult extends ResultBase {
  readonly error: TaskError;
  /** The task's payload, echoed by whoever reports a retryable failure: the next attempt carries it. */
  readonly payload?: unknown;
}

/** What a leaf says of one task. */
export type TaskResult = SucceededResult | FailedResult;

export interface ResultsEnvelope extends EnvelopeHeader {
  readonly results: readonly TaskResult[];
}

export const isFailure = (result: TaskResult): result is FailedResult => 'error' in result;

/** The header alone of any envelope, as an answer echoes it. */
export function headerOf(envelope: EnvelopeHeader): EnvelopeHeader {
  const { v, requestId, job, jobVersion, leaf, expected, shardSize, hops } = envelope;
  const { acceptedAt, deadlineAt, expiresAt, resultsToken, traceparent } = envelope;
  return {
    ...{ v, requestId, job, jobVersion, leaf, expected, shardSize, hops },
    ...{ acceptedAt, deadlineAt, expiresAt, resultsToken },
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/**
 * Reads a task envelope from a message body already parsed from JSON.
 *
 * @throws InvalidEnvelopeError naming the first member that is wrong.
 */
export function parseTaskEnvelope(body: unknown): TaskEnvelope {
  const envelope = parseHeader(body);
  requireCount(envelope, 'attempt', 1);
  requireText(envelope, 'replyTo');
  for (const task of requireList(envelope, 'tasks')) requireIndex(task, envelope.expected as number);
  return envelope as unknown as TaskEnvelope;
}

/**
 * Reads a results envelope from a message body already parsed from JSON.
 *
 * @throws InvalidEnvelopeError naming the first member that is wrong.
 */
export function parseResultsEnvelope(body: unknown): ResultsEnvelope {
  const envelope = parseHeader(body);
  for (const result of requireList(envelope, 'results')) {
    requireIndex(result, envelope.expected as number);
    requireCount(result, 'attempt', 1);
    if ('error' in result) requireError(result.error);
    else if (!('value' in result)) throw new InvalidEnvelopeError('a result has neither value nor error');
  }
  return envelope as unknown as ResultsEnvelope;
}

type Members = Record<string, unknown>;

/** Names become parts of keys, which end at 1,024 bytes (DynamoDB developer guide, Quotas, 2026-11). */
const NAME_LENGTH = 128;

function parseHeader(body: unknown): Members {
  const envelope = requireObject(body, 'the envelope');
  if (envelope.v !== ENVELOPE_VERSION) throw new InvalidEnvelopeError(`v must be ${ENVELOPE_VERSION}`);
  for (const name of ['requestId', 'job', 'leaf', 'resultsToken']) requireText(envelope, name, NAME_LENGTH);
  for (const name of ['jobVersion', 'expected', 'shardSize']) requireCount(envelope, name, 1);
  for (const name of ['hops', 'acceptedAt', 'deadlineAt', 'expiresAt']) requireCount(envelope, name, 0);
  return envelope;
}

function requireObject(value: unknown, name: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidEnvelopeError(`${name} must be an object`);
  return value as Members;
}

function requireText(members: Members, name: string, maxLength = 1_024): void {
  const value = members[name];
  if (typeof value !== 'string' || value === '' || value.length > maxLength)
    throw new InvalidEnvelopeError(`${name} must be a text of 1 to ${maxLength} characters`);
}

function requireCount(members: Members, name: string, min: number): void {
  const value = members[name];
  if (!Number.isSafeInteger(value) || (value as number) < min)
    throw new InvalidEnvelopeError(`${name} must be a whole number from ${min}`);
}

function requireList(members: Members, name: string): Members[] {
  const value = members[name];
  if (!Array.isArray(value) || value.length === 0) throw new InvalidEnvelopeError(`${name} must be a list, not empty`);
  return value.map((entry) => requireObject(entry, `an entry of ${name}`));
}

function requireIndex(members: Members, expected: number): void {
  requireCount(members, 'taskIndex', 0);
  if ((members.taskIndex as number) >= expected) throw new InvalidEnvelopeError('taskIndex must be below expected');
  if (members.label !== undefined && typeof members.label !== 'string')
    throw new InvalidEnvelopeError('label must be a text');
}

function requireError(value: unknown): void {
  const error = requireObject(value, 'error');
  requireText(error, 'cause');
  if (typeof error.message !== 'string') throw new InvalidEnvelopeError('error.message must be a text');
  if (typeof error.retryable !== 'boolean') throw new InvalidEnvelopeError('error.retryable must be true or false');
}
