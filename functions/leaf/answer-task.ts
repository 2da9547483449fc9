/** One task, one result: a value, or an error that says whether another attempt may help. Never throws. */
import {
  type EnvelopeTask,
  type FailedResult,
  type FailureCause,
  type LeafResult,
  type NestedRequest,
  payloadOf,
  type TaskEnvelope,
} from '../../shared/core/envelope.ts';
import { FanfoldError, messageOf } from '../../shared/core/errors.ts';
import { valueLimit } from '../../shared/core/gathering.ts';
import { isScatter, type Leaf, type Scatter } from '../../shared/core/job.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import type { ClaimStore } from '../../shared/core/ports/claim-store.ts';
import type { Clock } from '../../shared/core/ports/runtime.ts';
import type { Telemetry } from '../../shared/core/ports/telemetry.ts';
import { type Keeping, keep, read } from '../../shared/gathering/claims.ts';
import type { Patience } from './patience.ts';

export interface Working {
  readonly leaf: Leaf<unknown, unknown>;
  readonly claims: ClaimStore;
  readonly clock: Clock;
  /** How long values are kept after the deadline, in ms. */
  readonly retentionMs: number;
  readonly telemetry: Telemetry;
  /** What the deployment chose for the job's settings, where it has some. */
  readonly settings?: Readonly<Record<string, string>>;
}

const OUT_OF_TIME = "the leaf's function was about to time out";

type Named = Pick<FailedResult, 'taskIndex' | 'attempt' | 'hedge' | 'label'>;

/** The result of one task; nothing when patience ended with its use, or with the request: that closes without it. */
export async function answerTask(
  working: Working,
  envelope: TaskEnvelope,
  task: EnvelopeTask,
  patience: Patience,
  timeoutComesFirst: boolean,
): Promise<LeafResult | undefined> {
  const { taskIndex, label } = task;
  const named: Named = {
    ...{ taskIndex, attempt: envelope.attempt },
    ...(envelope.hedge ? { hedge: true } : {}),
    ...(label === undefined ? {} : { label }),
  };
  const since = working.clock.now();
  const first = await Promise.race([patience.over, resultOf(working, envelope, task, named, patience.signal)]);
  const tookMs = Math.max(0, Math.round(working.clock.now() - since));
  if (first === 'unwanted' || (first === 'over' && !timeoutComesFirst)) {
    if (tookMs > 0) working.telemetry.count('WastedLeafMs', tookMs);
    return undefined;
  }
  const result = first === 'over' ? retryable(named, 'leaf-timeout', OUT_OF_TIME, task) : first;
  return { ...result, tookMs };
}

/** Reads what the task asks, has it done, and keeps what is too large to send; whatever fails fails this task alone. */
async function resultOf(
  { leaf, claims, retentionMs, settings }: Working,
  envelope: TaskEnvelope,
  task: EnvelopeTask,
  named: Named,
  signal: AbortSignal,
): Promise<LeafResult> {
  const { requestId, deadlineAt } = envelope;
  const ttlEpochSeconds = Math.ceil((deadlineAt + retentionMs) / 1_000);
  const keeping: Keeping = { claims, requestId, ttlEpochSeconds, signal };
  try {
    const payload = task.claim ? await read(keeping, task.claim) : task.payload;
    const { value, json } = await run(() =>
      leaf(payload, { requestId, deadlineAt, ...named, signal, ...(settings && { settings }) }),
    );
    if (isScatter(value)) return { ...named, request: await requestOf(keeping, value, json) };
    return { ...named, ...(await keep(keeping, value, inlineBytes(envelope), json)) };
  } catch (error) {
    return failureOf(named, task, error);
  }
}

/** What the leaf asks for in place of an answer; its input is kept as a value is. */
async function requestOf(keeping: Keeping, { job, input }: Scatter, json: string): Promise<NestedRequest> {
  const kept = await keep(keeping, input ?? null, REQUEST_BYTES, json);
  return { job, ...('claim' in kept ? kept : { input: kept.value }) };
}

/** What an inline input leaves of the bytes that a result may take, for the job's name and the members' own. */
const REQUEST_BYTES = LIMITS.valueBytes - 1_024;

const inlineBytes = (envelope: TaskEnvelope): number => (envelope.values === 'claims' ? 0 : valueLimit(envelope));

const isJobName = (job: unknown): boolean => typeof job === 'string' && job !== '' && job.length <= LIMITS.nameLength;

class UnknownJobError extends TypeError {
  readonly retryable = false;

  constructor() {
    super(`the leaf asked for a job whose name is no text of 1 to ${LIMITS.nameLength} characters`);
  }
}

/** What a leaf throws is its own, whatever it looks like. */
class LeafError extends Error {}

/** What the task comes to, and the JSON of that, or of what it asks for. */
async function run(task: () => unknown): Promise<{ readonly value: unknown; readonly json: string }> {
  try {
    const value = (await task()) ?? null;
    if (isScatter(value) && !isJobName(value.job)) throw new UnknownJobError();
    const json = JSON.stringify(isScatter(value) ? (value.input ?? null) : value);
    if (json === undefined) throw new TypeError('the leaf answered with what JSON cannot hold');
    return { value, json };
  } catch (cause) {
    throw new LeafError('the leaf threw', { cause });
  }
}

/** A leaf says by `retryable: false` that no attempt will help; what is kept outside, by its code. */
function failureOf(named: Named, task: EnvelopeTask, thrown: unknown): FailedResult {
  const isLeafs = thrown instanceof LeafError;
  const error = isLeafs ? thrown.cause : thrown;
  const final = error instanceof Error && 'retryable' in error && error.retryable === false;
  const cause = isLeafs || !(error instanceof FanfoldError) ? 'leaf-error' : causeOf(error);
  const message = messageOf(error, LIMITS.messageLength);
  return final ? { ...named, error: { cause, message, retryable: false } } : retryable(named, cause, message, task);
}

const causeOf = ({ code }: FanfoldError): string => (code === 'claim-too-large' ? 'result-too-large' : code);

/** A failure with what the next attempt carries. */
const retryable = (
  named: Named,
  cause: FailureCause | (string & {}),
  message: string,
  task: EnvelopeTask,
): FailedResult => ({
  ...named,
  error: { cause, message, retryable: true },
  ...payloadOf(task),
});
