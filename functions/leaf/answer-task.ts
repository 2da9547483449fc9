/** One task, one result: a value, or an error that says whether another attempt may help. Never throws. */
import type { EnvelopeTask, FailedResult, FailureCause, TaskEnvelope, TaskResult } from '../../shared/core/envelope.ts';
import { messageOf } from '../../shared/core/errors.ts';
import { tooLarge, valueLimit } from '../../shared/core/gathering.ts';
import type { Leaf } from '../../shared/core/job.ts';
import { wireBytes } from '../../shared/core/json.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import type { Patience } from './patience.ts';

type Named = Pick<FailedResult, 'taskIndex' | 'attempt' | 'label'>;

/** The result of one task; nothing when patience ended with its deadline: the request closes without it. */
export async function answerTask(
  leaf: Leaf<unknown, unknown>,
  envelope: TaskEnvelope,
  { taskIndex, label, payload }: EnvelopeTask,
  patience: Patience,
  timeoutComesFirst: boolean,
): Promise<TaskResult | undefined> {
  const { requestId, attempt, deadlineAt } = envelope;
  const named: Named = { taskIndex, attempt, ...(label === undefined ? {} : { label }) };
  const context = { requestId, deadlineAt, ...named, signal: patience.signal };
  const first = await Promise.race([
    patience.over,
    resultOf(() => leaf(payload, context), named, payload, valueLimit(envelope)),
  ]);
  if (first !== 'over') return first;
  if (!timeoutComesFirst) return undefined;
  return failed(named, 'leaf-timeout', "the leaf's function was about to time out", payload);
}

async function resultOf(run: () => unknown, named: Named, payload: unknown, limit: number): Promise<TaskResult> {
  try {
    const value = (await run()) ?? null;
    if (JSON.stringify(value) === undefined) throw new TypeError('the leaf answered with what JSON cannot hold');
    const bytes = wireBytes(value);
    if (bytes <= limit) return { ...named, value };
    return failed(named, 'result-too-large', tooLarge(bytes, limit));
  } catch (error) {
    const final = error instanceof Error && 'retryable' in error && error.retryable === false;
    return failed(named, 'leaf-error', messageOf(error, LIMITS.messageLength), ...(final ? [] : [payload]));
  }
}

/** A failure; retryable when the payload is given for the next attempt to carry. */
const failed = (named: Named, cause: FailureCause, message: string, ...payload: [unknown?]): FailedResult => ({
  ...named,
  error: { cause, message, retryable: payload.length > 0 },
  ...(payload.length > 0 ? { payload: payload[0] } : {}),
});
