/**
 * A leaf answers the tasks it was handed, one results message a request. What is past its deadline is dropped before
 * any work, and whatever is known shortly before the function's own timeout is sent then, so that one slow task does
 * not fail those riding with it.
 */
import { headerOf, type TaskEnvelope, type TaskResult } from '../../shared/core/envelope.ts';
import { messageOf } from '../../shared/core/errors.ts';
import type { Leaf } from '../../shared/core/job.ts';
import { LIMITS, RESULTS_MESSAGE_BYTES } from '../../shared/core/limits.ts';
import type { Clock, ResultsSender, Telemetry } from '../../shared/core/ports.ts';
import { ride } from '../../shared/core/split.ts';
import { answerTask } from './answer-task.ts';
import { patienceUntil } from './patience.ts';

export interface Answering {
  readonly leaf: Leaf<unknown, unknown>;
  readonly results: ResultsSender;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** Answers `envelopes` before `stopAt` (epoch ms); those whose results could not be sent, to be delivered again. */
export async function answer(
  answering: Answering,
  envelopes: readonly TaskEnvelope[],
  stopAt: number,
): Promise<TaskEnvelope[]> {
  const { clock, telemetry } = answering;
  const live = envelopes.filter((envelope) => clock.now() < envelope.deadlineAt);
  if (live.length < envelopes.length)
    telemetry.log('expired work dropped', { messages: envelopes.length - live.length });
  const requests = Map.groupBy(live, (envelope) => envelope.requestId);
  const unsent = await Promise.all([...requests.values()].map((parts) => answerRequest(answering, parts, stopAt)));
  return unsent.flat();
}

/** Answers what one request has here, together; nothing is unsent, or all of it. */
async function answerRequest(
  answering: Answering,
  envelopes: readonly TaskEnvelope[],
  stopAt: number,
): Promise<readonly TaskEnvelope[]> {
  const results = (await Promise.all(envelopes.map((envelope) => answerEnvelope(answering, envelope, stopAt)))).flat();
  try {
    await sendHome(answering, envelopes, results);
    return [];
  } catch (error) {
    const message = messageOf(error, LIMITS.messageLength);
    answering.telemetry.warn('results not sent', { requestId: envelopes[0]?.requestId, message });
    return envelopes;
  }
}

async function answerEnvelope(
  { leaf, clock }: Answering,
  envelope: TaskEnvelope,
  stopAt: number,
): Promise<TaskResult[]> {
  using patience = patienceUntil(clock, Math.min(envelope.deadlineAt, stopAt));
  const timeoutComesFirst = stopAt < envelope.deadlineAt;
  const results = await Promise.all(
    envelope.tasks.map((task) => answerTask(leaf, envelope, task, patience, timeoutComesFirst)),
  );
  return results.filter((result) => result !== undefined);
}

async function sendHome(
  { results: sender }: Answering,
  envelopes: readonly TaskEnvelope[],
  results: readonly TaskResult[],
): Promise<void> {
  const [first] = envelopes;
  if (!first || results.length === 0) return;
  const header = { ...headerOf(first), hops: Math.max(...envelopes.map((envelope) => envelope.hops)) + 1 };
  const messages = ride(results, LIMITS.tasksPerRequest, RESULTS_MESSAGE_BYTES);
  await Promise.all(messages.map((riders) => sender.send(first.replyTo, { ...header, results: riders })));
}
