/** Publishing the tasks of a range, as many at a time as can be sent: nobody holds all tasks of a large request. */
import { ENVELOPE_VERSION, type TaskEnvelope, usefulUntil } from '../core/envelope.ts';
import { SplitError } from '../core/errors.ts';
import type { Attempted } from '../core/fold.ts';
import type { Head, TaskRange } from '../core/gathering.ts';
import type { Job } from '../core/job.ts';
import { fits } from '../core/json.ts';
import { LIMITS } from '../core/limits.ts';
import { createPacker, type Packer, type RequestHeader, ridersOf } from '../core/pack.ts';
import type { ClaimStore } from '../core/ports/claim-store.ts';
import type { RequestFacts } from '../core/ports/request-facts.ts';
import type { TaskPublisher } from '../core/ports/work.ts';
import { type NumberedTask, tasksIn } from '../core/split.ts';
import { keep } from './claims.ts';

/** Clocks of functions differ a little; results that are younger than this when they are last of use may still be on their way. */
export const EXPIRY_GRACE_MS = 2_000;

/** Payloads that are looked at together: so many that are kept outside are put side by side, of 5 MiB each. */
const KEPT_AHEAD = 8;

export interface Publishing {
  readonly claims: ClaimStore;
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
  /** Only these tasks of the range, as second copies. */
  readonly copiesOf?: ReadonlySet<number>;
}

/** Publishes the tasks of a range, each at least once; an error when `split` does not yield them as it did before. */
export async function publishTasks(
  { claims, publisher, replyTo }: Publishing,
  publication: Publication,
): Promise<Attempted<'published'>> {
  const { head, job, input, range, copiesOf } = publication;
  // A copy rides alone: it is not to wait for another straggler.
  const riders = copiesOf
    ? { tasksPerMessage: 1, hedge: true as const }
    : { tasksPerMessage: ridersOf(job, head.expected) };
  const options = { ...riders, attempt: 1, replyTo };
  const packer = createPacker(headerFor(publication), options);
  try {
    const tasks = wanted(tasksIn(job, input, range), copiesOf);
    await publisher.publish(messagesOf(packer, carried(claims, head, tasks)));
    return { value: 'published' };
  } catch (error) {
    if (error instanceof SplitError) return { error: { where: 'split', message: error.message } };
    throw error;
  }
}

function* wanted(tasks: Iterable<NumberedTask>, only: ReadonlySet<number> | undefined): Generator<NumberedTask> {
  for (const task of tasks) if (!only || only.has(task.taskIndex)) yield task;
}

/** Tasks as they travel, a few at a time: each with its payload, or with a claim of what is too large. */
async function* carried(
  claims: ClaimStore,
  head: Head,
  tasks: Iterable<NumberedTask>,
): AsyncGenerator<readonly NumberedTask[]> {
  const travelling = async ({ payload, ...task }: NumberedTask): Promise<NumberedTask> => {
    const kept = await keep({ claims, ...head }, payload, LIMITS.payloadBytes);
    return 'claim' in kept ? { ...task, claim: kept.claim } : { ...task, payload };
  };
  for (const some of byFew(tasks))
    yield await Promise.all(some.map((task) => (isSmall(task) ? task : travelling(task))));
}

/** The usual task is, and costs nobody a promise. */
const isSmall = ({ payload }: NumberedTask): boolean => fits(JSON.stringify(payload) ?? 'null', LIMITS.payloadBytes);

function* byFew(tasks: Iterable<NumberedTask>): Generator<NumberedTask[]> {
  let some: NumberedTask[] = [];
  for (const task of tasks) {
    if (some.push(task) < KEPT_AHEAD) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

async function* messagesOf(
  packer: Packer,
  tasks: AsyncIterable<readonly NumberedTask[]>,
): AsyncGenerator<TaskEnvelope> {
  for await (const some of tasks) for (const task of some) yield* packer.add(task);
  yield* packer.rest();
}

/** What every message about a request carries, as its head knows it. */
export function headerFor({
  head,
  job: { values },
  hops,
  traceparent,
}: Pick<Publication, 'hops' | 'traceparent'> & {
  readonly head: RequestFacts;
  readonly job: Pick<Job, 'values'>;
}): RequestHeader {
  const { requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt, resultsToken, graceMs } = head;
  return {
    ...{ v: ENVELOPE_VERSION, requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt, resultsToken },
    ...{ hops, expiresAt: usefulUntil(head) + EXPIRY_GRACE_MS },
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(values === 'claims' ? { values } : {}),
  };
}
