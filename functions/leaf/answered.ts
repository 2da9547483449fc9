/**
 * What an environment of a leaf remembers to have sent home, so that a task that comes again is neither done nor answered again.
 * A result may be noted once its queue has accepted it: that keeps it, whoever dies. A failure never is: to try again may help,
 * and nobody hears of a copy's. Whoever remembers nothing does what comes again, and it is counted once.
 */
import {
  type EnvelopeTask,
  isFailure,
  type LeafResult,
  type Sender,
  senderName,
  type TaskEnvelope,
} from '../../shared/core/envelope.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { createRecently } from '../../shared/core/recently.ts';

export interface Answered {
  /** A message's tasks but for those that are known to be answered. */
  without(envelope: TaskEnvelope): readonly EnvelopeTask[];
  /** Notes results that were sent home. */
  note(sender: Sender, results: readonly LeafResult[]): void;
}

/** Remembers the last `most` tasks at least, and twice as many at most. */
export function createAnswered(most: number = LIMITS.tasksRemembered): Answered {
  const recently = createRecently<number>(most);
  return {
    without(envelope) {
      const known = recently.of(senderName(envelope));
      const first = firstName(envelope, envelope);
      let { tasks } = envelope;
      for (const names of known) tasks = tasks.filter(({ taskIndex }) => !names.has(first + taskIndex));
      return tasks;
    },
    note(sender, results) {
      const names: number[] = [];
      for (const result of results) if (!isFailure(result)) names.push(firstName(sender, result) + result.taskIndex);
      recently.note(senderName(sender), names);
    },
  };
}

/**
 * The name of task 0 of one sender, in one attempt, of a copy or not; that of any other is higher by its index. So no two have
 * the same, as indexes are below what is expected. Numbers cost the least to make and to keep.
 */
export const firstName = (
  { expected }: Pick<Sender, 'expected'>,
  { attempt, hedge }: Pick<TaskEnvelope, 'attempt' | 'hedge'>,
): number => (2 * attempt + (hedge ? 1 : 0)) * expected;
