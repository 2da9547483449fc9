/** Publishing the tasks of a range, as many at a time as can be sent: nobody holds all tasks of a large request. */
import { ENVELOPE_VERSION, type TaskEnvelope } from '../core/envelope.ts';
import { SplitError } from '../core/errors.ts';
import type { Attempted } from '../core/fold.ts';
import type { Head, TaskRange } from '../core/gathering.ts';
import type { Job } from '../core/job.ts';
import { createPacker, type Packer, type RequestHeader, ridersOf } from '../core/pack.ts';
import type { TaskPublisher } from '../core/ports.ts';
import { type NumberedTask, tasksIn } from '../core/split.ts';

/** Clocks of functions differ a little; results that are younger than this at the deadline may still be on their way. */
const EXPIRY_GRACE_MS = 2_000;

export interface Publishing {
  readonly publisher: TaskPublisher;
  readonly replyTo: string;
}

/** Some tasks of a request, and what their messages carry besides. */
export interface Publication {
  readonly head: Head;
  readonly job: Job;
  readonly input: unknown;
  readonly range: TaskRange;
  readonly hops: number;
  readonly traceparent?: string | undefined;
}

/** Publishes the tasks of a range, each at least once; an error when `split` does not yield them as it did before. */
export async function publishTasks(
  { publisher, replyTo }: Publishing,
  publication: Publication,
): Promise<Attempted<'published'>> {
  const { head, job, input, range } = publication;
  const options = { tasksPerMessage: ridersOf(job, head.expected), attempt: 1, replyTo };
  const packer = createPacker(headerFor(publication), options);
  try {
    await publisher.publish(messagesOf(packer, tasksIn(job, input, range)));
    return { value: 'published' };
  } catch (error) {
    if (error instanceof SplitError) return { error: { where: 'split', message: error.message } };
    throw error;
  }
}

function* messagesOf(packer: Packer, tasks: Iterable<NumberedTask>): Generator<TaskEnvelope> {
  for (const task of tasks) yield* packer.add(task);
  yield* packer.rest();
}

function headerFor({ head, hops, traceparent }: Publication): RequestHeader {
  const { requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt, resultsToken } = head;
  return {
    ...{ v: ENVELOPE_VERSION, requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt, resultsToken },
    ...{ hops, expiresAt: deadlineAt + EXPIRY_GRACE_MS },
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
