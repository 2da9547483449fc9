/** A nested request that closed answers the task that asked for it: with its aggregate, or with why there is none. */
import type { Answer } from '../../shared/core/answer.ts';
import { ClaimError } from '../../shared/core/claim.ts';
import { type Head, type ParentTask, valueLimit } from '../../shared/core/gathering.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import type { ClaimStore } from '../../shared/core/ports/claim-store.ts';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import type { Clock } from '../../shared/core/ports/runtime.ts';
import { keep } from '../../shared/gathering/claims.ts';
import { type Outcome, type Telling, tellTask } from '../../shared/gathering/tell-task.ts';

export interface Answering extends Telling {
  readonly store: GatheringStore;
  readonly claims: ClaimStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** Sends the task its result while its request is open, and takes the mark away. */
export async function answerParent(
  answering: Answering,
  head: Head,
  parent: ParentTask,
  answer: Answer,
): Promise<void> {
  const { store, claims, clock } = answering;
  const asking = await store.readHead(parent.requestId, clock.now());
  if (asking?.state === 'open') {
    const outcome = isAnswer(answer) ? await carried(claims, asking, parent, answer) : failure(head, answer);
    await tellTask(answering, asking, parent, outcome);
  }
  await store.clearNotice(head.requestId, 'parent');
}

/** A partial answer has a success at least. */
const isAnswer = ({ status }: Answer): boolean => status === 'complete' || status === 'partial';

/** The aggregate as a value of the request above, kept under its id where it is too large to travel. */
async function carried(
  claims: ClaimStore,
  asking: Head,
  { values }: ParentTask,
  { aggregate }: Answer,
): Promise<Outcome> {
  const { requestId, ttlEpochSeconds } = asking;
  try {
    return await keep({ claims, requestId, ttlEpochSeconds }, aggregate, values ? 0 : valueLimit(asking));
  } catch (error) {
    if (!(error instanceof ClaimError)) throw error;
    return { error: { cause: 'result-too-large', message: error.message, retryable: false } };
  }
}

function failure({ requestId, job }: Head, { status, completionReason, error, failed }: Answer): Outcome {
  const [first] = failed;
  const task = first ? `; task ${first.taskIndex}: ${first.cause}: ${first.message}` : '';
  const why = error ? `: ${error.where}: ${error.message}` : task;
  const message = `the request ${requestId} of the job "${job}" ended ${status}, ${completionReason}${why}`;
  return { error: { cause: 'nested-failed', message: message.slice(0, LIMITS.messageLength), retryable: false } };
}
