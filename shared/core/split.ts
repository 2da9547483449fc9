/**
 * From an input to tasks, numbered in order, one at a time: nobody holds all tasks of a request. Pure and deterministic,
 * so that any range of them can be split again, and a resumed or repeated task is the same task.
 */
import type { Attended } from './audience.ts';
import type { EnvelopeTask } from './envelope.ts';
import { messageOf, SplitError } from './errors.ts';
import type { TaskRange } from './gathering.ts';
import { isExternal, type Job, type Task } from './job.ts';
import { fits } from './json.ts';
import { LIMITS } from './limits.ts';
import { isMemberName } from './roll-call/present.ts';

/** A task with its place in the request and the leaf that answers it. */
export interface NumberedTask extends EnvelopeTask {
  readonly leaf: string;
  readonly instance?: string;
}

/** Why an input cannot be scattered; `limit` is the number that was passed, where there is one. */
export interface SplitRefusal {
  readonly refused:
    | 'no-task'
    | 'nobody-present'
    | 'too-many-tasks'
    | 'unknown-leaf'
    | 'no-instance'
    | 'payload-too-large'
    | 'split-threw';
  readonly message: string;
  readonly limit?: number;
}

/** The input as it is kept: of a job with an audience, who was present lies beside it. */
function tasksOf(job: Job, kept: unknown): Iterable<Task<unknown>> {
  if (!job.audience) return job.split(kept);
  const { input, present } = kept as Attended;
  return job.split(input, { present });
}

/** How many tasks an input is split into, none of them kept, or why it cannot be. Never throws: a throw in `split` is a refusal. */
export function surveyTasks(job: Job, input: unknown): { readonly expected: number } | SplitRefusal {
  let expected = 0;
  try {
    for (const task of tasksOf(job, input)) {
      const refusal = refusalOf(job, numbered(job, task, expected), expected);
      if (refusal) return refusal;
      expected++;
    }
  } catch (error) {
    return { refused: 'split-threw', message: `cannot be split: ${messageOf(error, LIMITS.messageLength)}` };
  }
  return expected > 0 ? { expected } : noTask(job, input);
}

/** Of a job with an audience that is not there it is not the input's fault, and may be otherwise a moment later. */
function noTask({ audience }: Job, kept: unknown): SplitRefusal {
  if (!audience || (kept as Attended).present.length > 0)
    return { refused: 'no-task', message: 'yields no task', limit: 1 };
  const { services, windowMs } = audience;
  return {
    refused: 'nobody-present',
    message: `asks who is there, and no instance of ${services.join(', ')} answered within ${windowMs} ms`,
  };
}

/**
 * The tasks of a range, numbered, one at a time: what lies before them is split again and skipped.
 *
 * @throws SplitError when the input does not split into what it was surveyed to, or `split` throws.
 */
export function* tasksIn(job: Job, input: unknown, { from, size }: TaskRange): Generator<NumberedTask> {
  let taskIndex = 0;
  for (const task of splitAgain(job, input)) {
    if (taskIndex >= from) {
      const refusal = refusalOf(job, task, taskIndex);
      if (refusal) throw new SplitError(refusal.message);
      yield numbered(job, task, taskIndex);
    }
    if (++taskIndex === from + size) return;
  }
  throw new SplitError(`yields only ${taskIndex} tasks, where it yielded more before`);
}

function* splitAgain(job: Job, input: unknown): Generator<Task<unknown>> {
  try {
    yield* tasksOf(job, input);
  } catch (error) {
    throw new SplitError(messageOf(error, LIMITS.messageLength));
  }
}

function refusalOf(
  job: Job,
  { leaf = onlyLeaf(job), instance, payload }: Pick<NumberedTask, 'payload' | 'instance'> & { readonly leaf?: string },
  index: number,
): SplitRefusal | undefined {
  if (index >= job.maxTasks) return tooMany(job.maxTasks);
  if (!Object.hasOwn(job.leaves, leaf))
    return {
      refused: 'unknown-leaf',
      message: `yields task ${index} for the leaf "${leaf}", which the job does not have`,
    };
  if (instance !== undefined && !(isMemberName(instance) && isExternal(job.leaves[leaf] ?? {})))
    return {
      refused: 'no-instance',
      message: `yields task ${index} for an instance, which can only be one of an external leaf's service, by its name`,
    };
  return fits(JSON.stringify(payload) ?? 'null', LIMITS.claimBytes) ? undefined : tooLarge(index);
}

const onlyLeaf = (job: Job): string => Object.keys(job.leaves)[0] ?? '';

function numbered(
  job: Job,
  { leaf = onlyLeaf(job), instance, label, payload }: Task<unknown>,
  taskIndex: number,
): NumberedTask {
  const named = label === undefined ? {} : { label: label.slice(0, LIMITS.labelLength) };
  // JSON would drop a payload that is undefined, and a task without one is none.
  return { taskIndex, leaf, ...(instance === undefined ? {} : { instance }), ...named, payload: payload ?? null };
}

const tooMany = (limit: number): SplitRefusal => ({
  refused: 'too-many-tasks',
  message: `yields more than ${limit} tasks`,
  limit,
});

const tooLarge = (taskIndex: number): SplitRefusal => ({
  refused: 'payload-too-large',
  message: `yields a payload for task ${taskIndex} of more than ${LIMITS.claimBytes} bytes`,
  limit: LIMITS.claimBytes,
});

/** The labels of the named tasks, by re-splitting; stops at the last one asked for. A throw yields what was found. */
export function labelsOf(job: Job, input: unknown, taskIndexes: readonly number[]): Map<number, string> {
  const wanted = new Set(taskIndexes);
  const last = Math.max(...taskIndexes);
  const labels = new Map<number, string>();
  let taskIndex = 0;
  try {
    for (const { label } of tasksOf(job, input)) {
      if (wanted.has(taskIndex) && label !== undefined) labels.set(taskIndex, label.slice(0, LIMITS.labelLength));
      if (taskIndex++ >= last) break;
    }
  } catch {
    return labels;
  }
  return labels;
}
