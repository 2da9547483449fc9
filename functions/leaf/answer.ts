/**
 * A leaf answers the tasks it was handed, those of one request together. What is past its deadline is dropped before
 * any work; what was begun goes on for as long as a late result amends the answer. Results go home in one message where they come about together; what is known does not wait for a straggler,
 * nor fail with it when the function's own timeout comes near.
 */
import { headerOf, type LeafResult, type TaskEnvelope, usefulUntil } from '../../shared/core/envelope.ts';
import { messageOf } from '../../shared/core/errors.ts';
import { LIMITS, RESULTS_MESSAGE_BYTES } from '../../shared/core/limits.ts';
import { ride } from '../../shared/core/pack.ts';
import type { ResultsSender, Telemetry, Timers } from '../../shared/core/ports.ts';
import { answerTask, type Working } from './answer-task.ts';
import { asTheyCome } from './as-they-come.ts';
import { type Patience, patienceUntil } from './patience.ts';
import { takeTurns } from './turns.ts';

export interface Answering extends Working {
  readonly results: ResultsSender;
  readonly timers: Timers;
  readonly telemetry: Telemetry;
}

/** How long results wait for those riding with them, in ms: far below what a message takes, far above a quick task's lag. */
const LINGER_MS = 25;

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

/** Answers what one request has here; what is unsent is delivered again: a task answered twice is counted once. */
async function answerRequest(
  answering: Answering,
  envelopes: readonly TaskEnvelope[],
  stopAt: number,
): Promise<readonly TaskEnvelope[]> {
  const left = new Set<TaskEnvelope>();
  const endsAt = Math.max(...envelopes.map(usefulUntil));
  using patience = patienceUntil(answering.clock, answering.timers, Math.min(endsAt, stopAt));
  try {
    const tasks = beginInTurn(answering, envelopes, { patience, stopAt, timeoutComesFirst: stopAt < endsAt, left });
    for await (const results of asTheyCome(tasks, LINGER_MS, answering.timers))
      await sendHome(
        answering,
        envelopes,
        results.filter((result) => result !== undefined),
      );
    return [...left];
  } catch (error) {
    const reason = messageOf(error, LIMITS.messageLength);
    answering.telemetry.warn('results not sent', { requestId: envelopes[0]?.requestId, reason });
    return envelopes;
  }
}

interface Terms {
  readonly patience: Patience;
  readonly stopAt: number;
  readonly timeoutComesFirst: boolean;
  /** Takes the messages that were not begun. */
  readonly left: Set<TaskEnvelope>;
}

/**
 * Begins tasks in order, each at a turn of its own. A message whose turn comes when the function has to stop is left as
 * it is: a batch of tasks that compute may be more than one function has time for, and to wait costs no attempt.
 */
function beginInTurn(
  answering: Answering,
  envelopes: readonly TaskEnvelope[],
  { patience, stopAt, timeoutComesFirst, left }: Terms,
): Promise<LeafResult | undefined>[] {
  const turn = takeTurns(answering.timers);
  return envelopes.flatMap((envelope) =>
    envelope.tasks.map(async (task, index) => {
      await turn();
      if (index === 0 && answering.clock.now() >= stopAt) left.add(envelope);
      return left.has(envelope) ? undefined : answerTask(answering, envelope, task, patience, timeoutComesFirst);
    }),
  );
}

async function sendHome(
  { results: sender }: Answering,
  envelopes: readonly TaskEnvelope[],
  results: readonly LeafResult[],
): Promise<void> {
  const [first] = envelopes;
  if (!first || results.length === 0) return;
  const header = { ...headerOf(first), hops: Math.max(...envelopes.map((envelope) => envelope.hops)) + 1 };
  const messages = ride(results, LIMITS.tasksPerRequest, RESULTS_MESSAGE_BYTES);
  await Promise.all(messages.map((riders) => sender.send(first.replyTo, { ...header, results: riders })));
}
