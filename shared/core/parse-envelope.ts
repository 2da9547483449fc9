/**
 * Reading envelopes: it trusts nothing, and the error names the first member that is wrong. Members that it does not know are let
 * be; a label that is too long is cut, since nothing rests on it.
 */
import { isClaim } from './claim.ts';
import {
  ENVELOPE_VERSION,
  type EnvelopeHeader,
  type LeafResult,
  type ResultsEnvelope,
  type TaskEnvelope,
} from './envelope.ts';
import { InvalidEnvelopeError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { type Members, requireCount, requireList, requireObject, requireText } from './members.ts';

/**
 * Reads a task envelope from a message body already parsed from JSON.
 *
 * @throws InvalidEnvelopeError naming the first member that is wrong.
 */
export function parseTaskEnvelope(body: unknown): TaskEnvelope {
  const envelope = parseHeader(body);
  requireCount(envelope, 'attempt', 1);
  requireHedge(envelope);
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
  parseResults(envelope, envelope.expected as number);
  return envelope as unknown as ResultsEnvelope;
}

/** What a leaf says beside a request's own header, where that is known already. */
export type Answer = Pick<ResultsEnvelope, 'leaf' | 'instance' | 'hops' | 'traceparent' | 'publishedAt' | 'results'>;

/**
 * Reads an answer for a request that is known: a results envelope, or as little of one as its `leaf` and `results`.
 *
 * @throws InvalidEnvelopeError naming the first member that is wrong.
 */
export function parseAnswer(body: unknown, known: Pick<EnvelopeHeader, 'requestId' | 'expected'>): Answer {
  const answer = requireObject(body, 'the body');
  if (answer.v !== undefined) requireVersion(answer);
  if (answer.requestId !== undefined && answer.requestId !== known.requestId)
    throw new InvalidEnvelopeError('requestId must be that of the path');
  requireText(answer, 'leaf', LIMITS.nameLength);
  for (const name of ['hops', 'publishedAt']) if (answer[name] !== undefined) requireCount(answer, name, 0);
  if (answer.traceparent !== undefined) requireText(answer, 'traceparent', LIMITS.nameLength);
  if (answer.instance !== undefined) requireText(answer, 'instance', LIMITS.nameLength);
  const results = parseResults(answer, known.expected);
  const { leaf, instance, hops = 0, traceparent, publishedAt } = answer as unknown as Answer;
  return {
    ...{ leaf, hops, results },
    ...(instance === undefined ? {} : { instance }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(publishedAt === undefined ? {} : { publishedAt }),
  };
}

/** Results of tasks of `expected`. */
export function parseResults(body: Members, expected: number): readonly LeafResult[] {
  const results = requireList(body, 'results');
  for (const result of results) {
    requireIndex(result, expected);
    requireCount(result, 'attempt', 1);
    requireHedge(result);
    if (result.tookMs !== undefined) requireCount(result, 'tookMs', 0);
    if ('request' in result) requireRequest(result);
    else if ('error' in result) requireFailure(result);
    else requireOneOf(result, 'value');
  }
  return results as unknown as readonly LeafResult[];
}

/** The header alone, with whatever else the message says. */
export function parseHeader(body: unknown): Members {
  const envelope = requireObject(body, 'the envelope');
  requireVersion(envelope);
  for (const name of ['requestId', 'job', 'leaf', 'resultsToken']) requireText(envelope, name, LIMITS.nameLength);
  for (const name of ['jobVersion', 'expected', 'shardSize']) requireCount(envelope, name, 1);
  for (const name of ['hops', 'acceptedAt', 'deadlineAt', 'expiresAt']) requireCount(envelope, name, 0);
  if (envelope.traceparent !== undefined) requireText(envelope, 'traceparent', LIMITS.nameLength);
  if (envelope.instance !== undefined) requireText(envelope, 'instance', LIMITS.nameLength);
  if (envelope.publishedAt !== undefined) requireCount(envelope, 'publishedAt', 0);
  if (envelope.values !== undefined && envelope.values !== 'claims')
    throw new InvalidEnvelopeError('values must be claims, where it is there');
  if (envelope.graceMs !== undefined) requireCount(envelope, 'graceMs', 1);
  return envelope;
}

function requireVersion({ v }: Members): void {
  if (v !== ENVELOPE_VERSION) throw new InvalidEnvelopeError(`v must be ${ENVELOPE_VERSION}`);
}

function requireIndex(members: Members, expected: number): void {
  requireCount(members, 'taskIndex', 0);
  if ((members.taskIndex as number) >= expected) throw new InvalidEnvelopeError('taskIndex must be below expected');
  if (members.label === undefined) return;
  if (typeof members.label !== 'string') throw new InvalidEnvelopeError('label must be a text');
  members.label = members.label.slice(0, LIMITS.labelLength);
}

function requireHedge(members: Members): void {
  if (members.hedge !== undefined && members.hedge !== true)
    throw new InvalidEnvelopeError('hedge must be true, where it is there');
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

function requireRequest(result: Members): void {
  for (const name of ['value', 'error', 'payload', 'claim'])
    if (name in result) throw new InvalidEnvelopeError(`${name} and request exclude each other`);
  const request = requireObject(result.request, 'request');
  requireText(request, 'job', LIMITS.nameLength);
  requireOneOf(request, 'input');
}

function requireFailure(result: Members): void {
  if ('value' in result) throw new InvalidEnvelopeError('value and error exclude each other');
  refuseBoth(result, 'payload');
  const error = requireObject(result.error, 'error');
  requireText(error, 'cause');
  if (typeof error.message !== 'string') throw new InvalidEnvelopeError('error.message must be a text');
  if (typeof error.retryable !== 'boolean') throw new InvalidEnvelopeError('error.retryable must be true or false');
}
