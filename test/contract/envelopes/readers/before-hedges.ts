/**
 * What read envelopes before there were hedges (23 November 2026), as it was then: only its imports are not. It stands for leaves and aggregators of
 * that day that are still at work, and is not to be changed.
 */
import { InvalidEnvelopeError } from '../../../../shared/core/errors.ts';

export const ENVELOPE_VERSION = 1;

const CLAIM_BYTES = 5 * 1024 * 1024;
const CLAIM_DAYS = [1, 2, 4, 8, 16, 32, 64] as const;

interface Claim {
  readonly sha256: string;
  readonly bytes: number;
  readonly days: (typeof CLAIM_DAYS)[number];
  readonly encoding?: 'gzip';
}

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
  /** Every value of the request is to be a claim, however small. */
  readonly values?: 'claims';
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

/** A value, or the claim it is kept under: one of both. */
export interface SucceededResult extends ResultBase {
  readonly value?: unknown;
  readonly claim?: Claim;
}

/** With the task's payload, echoed by whoever reports a retryable failure: the next attempt carries it. */
export interface FailedResult extends ResultBase, Payload {
  readonly error: TaskError;
}

/** What a leaf says of one task. */
export type TaskResult = SucceededResult | FailedResult;

export interface ResultsEnvelope extends EnvelopeHeader {
  readonly results: readonly TaskResult[];
}

export const isFailure = (result: TaskResult): result is FailedResult => 'error' in result;

/** A task's payload as it is passed on; whoever passes it on need not look at it. */
export const payloadOf = ({ payload, claim }: Payload): Payload => (claim ? { claim } : { payload });

/** The header alone of any envelope, as an answer echoes it. */
export function headerOf(envelope: EnvelopeHeader): EnvelopeHeader {
  const { v, requestId, job, jobVersion, leaf, expected, shardSize, hops } = envelope;
  const { acceptedAt, deadlineAt, expiresAt, resultsToken, traceparent, values } = envelope;
  return {
    ...{ v, requestId, job, jobVersion, leaf, expected, shardSize, hops },
    ...{ acceptedAt, deadlineAt, expiresAt, resultsToken },
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(values === undefined ? {} : { values }),
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
  for (const task of requireList(envelope, 'tasks')) {
    requireIndex(task, envelope.expected as number);
    requireOneOf(task, 'payload');
  }
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
    if ('error' in result) requireFailure(result);
    else requireOneOf(result, 'value');
  }
  return envelope as unknown as ResultsEnvelope;
}

/** Names become parts of keys, which end at 1,024 bytes (DynamoDB developer guide, Quotas, 2026-11). */
const NAME_LENGTH = 128;

function parseHeader(body: unknown): Members {
  const envelope = requireObject(body, 'the envelope');
  if (envelope.v !== ENVELOPE_VERSION) throw new InvalidEnvelopeError(`v must be ${ENVELOPE_VERSION}`);
  for (const name of ['requestId', 'job', 'leaf', 'resultsToken']) requireText(envelope, name, NAME_LENGTH);
  for (const name of ['jobVersion', 'expected', 'shardSize']) requireCount(envelope, name, 1);
  for (const name of ['hops', 'acceptedAt', 'deadlineAt', 'expiresAt']) requireCount(envelope, name, 0);
  if (envelope.values !== undefined && envelope.values !== 'claims')
    throw new InvalidEnvelopeError('values must be claims, where it is there');
  return envelope;
}

function requireIndex(members: Members, expected: number): void {
  requireCount(members, 'taskIndex', 0);
  if ((members.taskIndex as number) >= expected) throw new InvalidEnvelopeError('taskIndex must be below expected');
  if (members.label !== undefined && typeof members.label !== 'string')
    throw new InvalidEnvelopeError('label must be a text');
}

/** What `name` calls, or a claim of it. */
function requireOneOf(members: Members, name: string): void {
  if (!(name in members) && !('claim' in members)) throw new InvalidEnvelopeError(`${name} or claim must be there`);
  refuseBoth(members, name);
}

function refuseBoth(members: Members, name: string): void {
  if (!('claim' in members)) return;
  if (name in members) throw new InvalidEnvelopeError(`${name} and claim exclude each other`);
  if (!isClaim(members.claim)) throw new InvalidEnvelopeError('claim must have the members of a claim and no others');
}

function requireFailure(result: Members): void {
  if ('value' in result) throw new InvalidEnvelopeError('value and error exclude each other');
  refuseBoth(result, 'payload');
  const error = requireObject(result.error, 'error');
  requireText(error, 'cause');
  if (typeof error.message !== 'string') throw new InvalidEnvelopeError('error.message must be a text');
  if (typeof error.retryable !== 'boolean') throw new InvalidEnvelopeError('error.retryable must be true or false');
}

type Members = Record<string, unknown>;

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

const SHA256 = /^[0-9a-f]{64}$/;
const MEMBERS: ReadonlySet<string> = new Set(['sha256', 'bytes', 'days', 'encoding']);

/** Whether something that came from outside has exactly the form of a claim. */
function isClaim(value: unknown): value is Claim {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (Object.keys(value).some((member) => !MEMBERS.has(member))) return false;
  const { sha256, bytes, days, encoding } = value as Record<string, unknown>;
  return (
    typeof sha256 === 'string' &&
    SHA256.test(sha256) &&
    Number.isInteger(bytes) &&
    (bytes as number) > 0 &&
    (bytes as number) <= CLAIM_BYTES &&
    CLAIM_DAYS.includes(days as Claim['days']) &&
    (encoding === undefined || encoding === 'gzip')
  );
}
