/**
 * What comes in on the aggregator's queues, read as one thing: a report of some tasks' results. A leaf's own results
 * envelope; the failure record of a direct leaf that died (Lambda's destination format, AWS Lambda developer guide,
 * "Capturing records of asynchronous invocations", 2026-11); a task envelope that a queue leaf or the topic gave up.
 */
import {
  type FailureCause,
  headerOf,
  payloadOf,
  type ResultsEnvelope,
  type TaskEnvelope,
} from '../../shared/core/envelope.ts';
import { InvalidEnvelopeError } from '../../shared/core/errors.ts';
import { parseResultsEnvelope, parseTaskEnvelope } from '../../shared/core/parse-envelope.ts';

type Members = Record<string, unknown>;

/**
 * The results a message body reports.
 *
 * @throws InvalidEnvelopeError when it is none of the forms we know.
 */
export function readReport(body: string): ResultsEnvelope {
  const message = parseJson(body);
  if ('results' in message) return parseResultsEnvelope(message);
  if ('requestPayload' in message) return deathOf(parseTaskEnvelope(snsMessage(message)), causeOfDeath(message));
  if ('Message' in message) return deathOf(parseTaskEnvelope(parseJson(String(message.Message))), UNDELIVERABLE);
  return deathOf(parseTaskEnvelope(message), GIVEN_UP);
}

interface Death {
  readonly cause: FailureCause;
  readonly message: string;
  readonly retryable: boolean;
}

const UNDELIVERABLE: Death = {
  cause: 'undeliverable',
  message: "the topic could not deliver to the leaf's function",
  retryable: false,
};

/** Lambda kept the event as long as it may, and never had an environment for it. */
const NEVER_STARTED: Death = {
  cause: 'leaf-throttled',
  message: "Lambda had no room to run the leaf's function",
  retryable: true,
};

/** A queue has delivered it again already, as often as it may. */
const GIVEN_UP: Death = {
  cause: 'leaf-crashed',
  message: "the leaf's function ended without an answer at every delivery",
  retryable: false,
};

/** Every task of the envelope failed for the same reason. */
function deathOf(envelope: TaskEnvelope, error: Death): ResultsEnvelope {
  const results = envelope.tasks.map(({ taskIndex, label, ...carried }) => ({
    ...{ taskIndex, attempt: envelope.attempt, ...(envelope.hedge ? { hedge: true as const } : {}) },
    ...(label === undefined ? {} : { label }),
    error,
    ...(error.retryable ? payloadOf(carried) : {}),
  }));
  return { ...headerOf(envelope), results };
}

/** What Lambda says of the death, without the function's own words: they may hold anything. */
function causeOfDeath(record: Members): Death {
  if ((record.requestContext as Members | undefined)?.condition === 'EventAgeExceeded') return NEVER_STARTED;
  const { errorType, errorMessage } = { ...(record.responsePayload as Members | undefined) };
  const type = typeof errorType === 'string' ? errorType : 'Unknown';
  if (type === 'Sandbox.Timedout' || /Task timed out after/.test(String(errorMessage)))
    return { cause: 'leaf-timeout', message: "the leaf's function timed out", retryable: true };
  return { cause: 'leaf-crashed', message: `the leaf's function ended with ${type.slice(0, 100)}`, retryable: true };
}

function snsMessage(record: Members): Members {
  const records = (record.requestPayload as { Records?: { Sns?: { Message?: unknown } }[] } | null)?.Records;
  const message = records?.[0]?.Sns?.Message;
  if (typeof message !== 'string') throw new InvalidEnvelopeError('the failure record holds no SNS message');
  return parseJson(message);
}

function parseJson(text: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidEnvelopeError('the message is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw new InvalidEnvelopeError('the message is not an object');
  return value as Members;
}
