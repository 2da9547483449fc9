/**
 * Results that come over HTTPS instead of to the results queue. Whoever calls is known by nothing but the request's token: all
 * that costs nothing is checked first, then one read says whether the token is the request's. What the request says of itself
 * goes before what the caller says of it. Counting is the aggregator's, as for results from anywhere else.
 */
import { type ResultsEnvelope, usefulUntil } from '../../shared/core/envelope.ts';
import { hasOneShard } from '../../shared/core/gathering.ts';
import { wireBytes } from '../../shared/core/json.ts';
import { LIMITS, SQS_MESSAGE_BYTES } from '../../shared/core/limits.ts';
import { parseAnswer } from '../../shared/core/parse-envelope.ts';
import type { FactsReader, RequestFacts } from '../../shared/core/ports/request-facts.ts';
import type { Clock } from '../../shared/core/ports/runtime.ts';
import type { ResultsSender } from '../../shared/core/ports/work.ts';
import { EXPIRY_GRACE_MS, headerFor } from '../../shared/gathering/publish-tasks.ts';
import { REQUEST_ID } from '../../shared/http/request-id.ts';
import { isSameToken } from '../../shared/http/token.ts';

export interface Taking {
  readonly facts: FactsReader;
  readonly results: ResultsSender;
  /** Where results come in: those of small requests, and of larger ones. */
  readonly replyTo: { readonly small: string; readonly bulk: string };
  readonly clock: Pick<Clock, 'now'>;
}

/** What somebody sent, as they say. */
export interface Sent {
  readonly requestId: string;
  readonly token: string;
  readonly body: unknown;
}

export type Taken =
  | { readonly taken: number }
  /** A foreign or forged token is told as a request that there is not. */
  | { readonly refused: 'unknown-request' | 'request-closed' }
  | { readonly refused: 'too-large'; readonly bytes: number };

/**
 * Passes results on to be counted.
 *
 * @throws InvalidEnvelopeError naming the first member that is wrong.
 */
export async function takeResults({ facts, results, replyTo, clock }: Taking, sent: Sent): Promise<Taken> {
  const { requestId, token } = sent;
  parseAnswer(sent.body, { requestId, expected: LIMITS.tasksPerRequest });
  const request = REQUEST_ID.test(requestId) ? await facts.factsOf(requestId, clock.now()) : undefined;
  if (!request || !isSameToken(request.resultsToken, token)) return { refused: 'unknown-request' };
  if (isOver(request, clock.now())) return { refused: 'request-closed' };
  const envelope = envelopeOf(request, sent.body);
  const bytes = wireBytes(envelope);
  if (bytes > SQS_MESSAGE_BYTES) return { refused: 'too-large', bytes };
  await results.send(hasOneShard(request) ? replyTo.small : replyTo.bulk, envelope);
  return { taken: envelope.results.length };
}

/** Whether nobody will count what comes now. Where late results amend the answer, only the aggregator can tell until they expire. */
const isOver = (request: RequestFacts, now: number): boolean =>
  now >= usefulUntil(request) + EXPIRY_GRACE_MS || (request.state !== 'open' && request.graceMs === undefined);

function envelopeOf(request: RequestFacts, body: unknown): ResultsEnvelope {
  const { leaf, instance, hops, traceparent, publishedAt, results } = parseAnswer(body, request);
  return {
    ...headerFor({ head: request, job: { values: 'inline' }, hops: hops + 1, traceparent }),
    ...(publishedAt === undefined ? {} : { publishedAt }),
    ...(instance === undefined ? {} : { instance }),
    ...{ leaf, results },
  };
}
