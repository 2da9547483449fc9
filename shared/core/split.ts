/**
 * From an input to messages: tasks numbered in order, ranged into shards, riding together by count and by bytes.
 * Pure and deterministic, so that a resumed or repeated task is the same task.
 */
import { type EnvelopeHeader, type EnvelopeTask, headerOf, type TaskEnvelope } from './envelope.ts';
import { messageOf } from './errors.ts';
import { shardOf } from './gathering.ts';
import type { Job, Task } from './job.ts';
import { wireBytes } from './json.ts';
import { LIMITS, TASK_MESSAGE_BYTES } from './limits.ts';

/** A task with its place in the request and the leaf that answers it. */
export interface NumberedTask extends EnvelopeTask {
  readonly leaf: string;
}

/** Why an input cannot be scattered; `limit` is the number that was passed, where there is one. */
export interface SplitRefusal {
  readonly refused: 'no-task' | 'too-many-tasks' | 'unknown-leaf' | 'payload-too-large' | 'split-threw';
  readonly message: string;
  readonly limit?: number;
}

/** Splits an input into numbered tasks, or says why it cannot. Never throws: a throw in `split` is a refusal. */
export function splitTasks(job: Job, input: unknown): NumberedTask[] | SplitRefusal {
  const tasks: NumberedTask[] = [];
  try {
    for (const task of job.split(input)) {
      const next = numbered(job, task, tasks.length);
      if ('refused' in next) return next;
      tasks.push(next);
    }
  } catch (error) {
    return { refused: 'split-threw', message: `cannot be split: ${messageOf(error, LIMITS.messageLength)}` };
  }
  return tasks.length > 0 ? tasks : { refused: 'no-task', message: 'yields no task', limit: 1 };
}

function numbered(job: Job, task: Task<unknown>, taskIndex: number): NumberedTask | SplitRefusal {
  if (taskIndex >= LIMITS.tasksPerRequest) return tooMany;
  const leaf = task.leaf ?? Object.keys(job.leaves)[0] ?? '';
  if (!Object.hasOwn(job.leaves, leaf))
    return {
      refused: 'unknown-leaf',
      message: `yields task ${taskIndex} for the leaf "${leaf}", which the job does not have`,
    };
  if (wireBytes(task.payload) > LIMITS.payloadBytes) return tooLarge(taskIndex);
  const label = task.label?.slice(0, LIMITS.labelLength);
  return { taskIndex, leaf, ...(label === undefined ? {} : { label }), payload: task.payload };
}

const tooMany: SplitRefusal = {
  refused: 'too-many-tasks',
  message: `yields more than ${LIMITS.tasksPerRequest} tasks`,
  limit: LIMITS.tasksPerRequest,
};

const tooLarge = (taskIndex: number): SplitRefusal => ({
  refused: 'payload-too-large',
  message: `yields a payload for task ${taskIndex} of more than ${LIMITS.payloadBytes} bytes`,
  limit: LIMITS.payloadBytes,
});

/** The labels of the named tasks, by re-splitting; stops at the last one asked for. A throw yields what was found. */
export function labelsOf(job: Job, input: unknown, taskIndexes: readonly number[]): Map<number, string> {
  const wanted = new Set(taskIndexes);
  const last = Math.max(...taskIndexes);
  const labels = new Map<number, string>();
  let taskIndex = 0;
  try {
    for (const { label } of job.split(input)) {
      if (wanted.has(taskIndex) && label !== undefined) labels.set(taskIndex, label.slice(0, LIMITS.labelLength));
      if (taskIndex++ >= last) break;
    }
  } catch {
    return labels;
  }
  return labels;
}

/** A request's header before a leaf is chosen. */
export type RequestHeader = Omit<EnvelopeHeader, 'leaf'>;

/** Packs tasks into envelopes: one leaf and one shard each, at most `tasksPerMessage` tasks and `TASK_MESSAGE_BYTES`. */
export function packEnvelopes(
  header: RequestHeader,
  tasks: readonly NumberedTask[],
  options: { readonly tasksPerMessage: number; readonly attempt: number; readonly replyTo: string },
): TaskEnvelope[] {
  const lanes = new Map<string, NumberedTask[]>();
  for (const task of tasks) {
    const lane = `${shardOf(task.taskIndex, header.shardSize)} ${task.leaf}`;
    const tasksOfLane = lanes.get(lane);
    if (tasksOfLane) tasksOfLane.push(task);
    else lanes.set(lane, [task]);
  }
  const { attempt, replyTo } = options;
  return [...lanes.values()].flatMap((lane) =>
    ride(lane, options.tasksPerMessage, TASK_MESSAGE_BYTES - 2_048).map((riders) => ({
      ...headerOf({ ...header, leaf: lane[0]?.leaf ?? '' }),
      attempt,
      replyTo,
      tasks: riders.map(({ leaf: _, ...task }) => task),
    })),
  );
}

/** Groups entries in order, at most `count` and about `bytes` of JSON a group; an entry larger than that rides alone. */
export function ride<T>(entries: readonly T[], count: number, bytes: number): T[][] {
  const groups: T[][] = [];
  let room = 0;
  let places = 0;
  for (const entry of entries) {
    const size = wireBytes(entry) + 1;
    if (places === 0 || size > room) {
      groups.push([]);
      room = bytes;
      places = count;
    }
    groups.at(-1)?.push(entry);
    room -= size;
    places--;
  }
  return groups;
}
