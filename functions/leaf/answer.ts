/**
 * A leaf answers the tasks it was handed, those of one request together. What is past its deadline is dropped before
 * any work, and what nobody waits for any more, where the leaf asks; what was begun goes on for as long as a late result
 * amends the answer. Results go home in one message where they come about together; what is known does not wait for a
 * straggler, nor fail with it when the function's own timeout comes near.
 */
import {
  type EnvelopeTask,
  headerOf,
  type LeafResult,
  senderName,
  type TaskEnvelope,
  usefulUntil,
} from '../../shared/core/envelope.ts';
import { messageOf } from '../../shared/core/errors.ts';
import { LIMITS, RESULTS_MESSAGE_BYTES } from '../../shared/core/limits.ts';
import { ride } from '../../shared/core/pack.ts';
import type { Timers } from '../../shared/core/ports/runtime.ts';
import type { ResultsSender } from '../../shared/core/ports/work.ts';
import { answerTask, type Working } from './answer-task.ts';
import { type Answered, firstName } from './answered.ts';
import { asTheyCome } from './as-they-come.ts';
import { type Patience, patienceUntil } from './patience.ts';
import { takeTurns } from './turns.ts';
import { type Asking, UNWATCHED, type Watch, watchRequest } from './watch.ts';

export interface Answering extends Working, Asking {
  readonly results: ResultsSender;
  readonly timers: Timers;
  /** What this environment has sent home. */
  readonly answered: Answered;
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
  if (live.length < envelopes.length) {
    telemetry.log('expired work dropped', { messages: envelopes.length - live.length });
    telemetry.count('TasksDropped', tasksOf(envelopes) - tasksOf(live));
  }
  const requests = Map.groupBy(live, senderName);
  const unsent = await Promise.all([...requests.values()].map((parts) => answerRequest(answering, parts, stopAt)));
  return unsent.flat();
}

const tasksOf = (envelopes: readonly TaskEnvelope[]): number =>
  envelopes.reduce((sum, { tasks }) => sum + tasks.length, 0);

/** Answers what one request has here; what is unsent is delivered again: a task answered twice is counted once. */
async function answerRequest(
  answering: Answering,
  envelopes: readonly TaskEnvelope[],
  stopAt: number,
): Promise<readonly TaskEnvelope[]> {
  const { clock, timers, telemetry } = answering;
  const requestId = envelopes[0]?.requestId ?? '';
  const left = new Set<TaskEnvelope>();
  const dropped: EnvelopeTask[] = [];
  const endsAt = Math.max(...envelopes.map(usefulUntil));
  using patience = patienceUntil(clock, timers, Math.min(endsAt, stopAt));
  // A request whose answer late results amend waits for them after its close too.
  const amends = envelopes.some(({ graceMs }) => graceMs !== undefined);
  using watch = amends ? UNWATCHED : watchRequest(answering, requestId, patience.cutShort);
  try {
    const terms: Terms = { patience, watch, stopAt, timeoutComesFirst: stopAt < endsAt, left, dropped };
    const tasks = beginInTurn(answering, envelopes, terms);
    if (tasks.length < tasksOf(envelopes))
      telemetry.log('answered before', { requestId, tasks: tasksOf(envelopes) - tasks.length });
    for await (const results of asTheyCome(tasks, LINGER_MS, timers))
      await sendHome(
        answering,
        envelopes,
        results.filter((result) => result !== undefined),
      );
    if (dropped.length > 0) telemetry.count('TasksDropped', dropped.length);
    if (watch.ended) telemetry.log('request has ended', { requestId, tasks: tasks.length, notBegun: dropped.length });
    return [...left];
  } catch (error) {
    const reason = messageOf(error, LIMITS.messageLength);
    telemetry.warn('results not sent', { requestId, reason });
    return envelopes;
  }
}

interface Terms {
  readonly patience: Patience;
  readonly watch: Watch;
  readonly stopAt: number;
  readonly timeoutComesFirst: boolean;
  /** Takes the messages that were not begun. */
  readonly left: Set<TaskEnvelope>;
  /** Takes the tasks that were not begun because their request has ended. */
  readonly dropped: EnvelopeTask[];
}

/**
 * Begins tasks in order, each at a turn of its own. A message whose turn comes when the function has to stop is left as
 * it is: a batch of tasks that compute may be more than one function has time for, and to wait costs no attempt. Where the
 * leaf asks, it does so before each message, and begins nothing of a request that has ended. A task that came twice is begun once:
 * if it cannot be sent, both of its messages come again.
 */
function beginInTurn(
  answering: Answering,
  envelopes: readonly TaskEnvelope[],
  { patience, watch, stopAt, timeoutComesFirst, left, dropped }: Terms,
): Promise<LeafResult | undefined>[] {
  const turn = takeTurns(answering.timers, answering.clock);
  const begun = new Set<number>();
  return envelopes.flatMap((envelope) => {
    const first = firstName(envelope, envelope);
    return answering.answered.without(envelope).map(async (task, index) => {
      await turn(index === 0 ? watch.ask : undefined);
      if (watch.ended) {
        dropped.push(task);
        return undefined;
      }
      if (index === 0 && answering.clock.now() >= stopAt) left.add(envelope);
      if (left.has(envelope) || begun.has(first + task.taskIndex)) return undefined;
      begun.add(first + task.taskIndex);
      return answerTask(answering, envelope, task, patience, timeoutComesFirst);
    });
  });
}

/** Sends results, and notes each message of them once the queue has it: from there on it is durable, whatever becomes of others. */
async function sendHome(
  { results: sender, answered }: Answering,
  envelopes: readonly TaskEnvelope[],
  results: readonly LeafResult[],
): Promise<void> {
  const [first] = envelopes;
  if (!first || results.length === 0) return;
  const header = { ...headerOf(first), hops: Math.max(...envelopes.map((envelope) => envelope.hops)) + 1 };
  const messages = ride(results, LIMITS.tasksPerRequest, RESULTS_MESSAGE_BYTES);
  await Promise.all(
    messages.map(async (riders) => {
      await sender.send(first.replyTo, { ...header, results: riders });
      answered.note(header, riders);
    }),
  );
}
