/** From tasks to messages: those of one leaf and one shard ride together, and those of a chosen instance apart, by count and by bytes. */
import { type EnvelopeHeader, headerOf, type TaskEnvelope } from './envelope.ts';
import { shardOf } from './gathering.ts';
import type { Job } from './job.ts';
import { wireBytes } from './json.ts';
import { TASK_MESSAGE_BYTES } from './limits.ts';
import type { NumberedTask } from './split.ts';

/** A request's header before a leaf is chosen. */
export type RequestHeader = Omit<EnvelopeHeader, 'leaf' | 'instance'>;

export interface PackOptions {
  readonly tasksPerMessage: number;
  readonly attempt: number;
  /** They are second copies. */
  readonly hedge?: true;
  readonly replyTo: string;
}

/** Takes tasks one at a time, in order, and gives back messages as they are full. */
export interface Packer {
  add(task: NumberedTask): TaskEnvelope[];
  /** What is left when no more tasks come. */
  rest(): TaskEnvelope[];
}

/** What a header leaves of a message for tasks. */
const TASKS_BYTES = TASK_MESSAGE_BYTES - 2_048;

interface Open {
  readonly leaf: string;
  readonly instance: string | undefined;
  readonly tasks: NumberedTask[];
  room: number;
}

/** A packer of messages of one leaf and one shard each, at most `tasksPerMessage` tasks and `TASK_MESSAGE_BYTES`. */
export function createPacker(header: RequestHeader, { tasksPerMessage, attempt, hedge, replyTo }: PackOptions): Packer {
  const open = new Map<string, Open>();
  let shard = 0;
  const seal = ({ leaf, instance, tasks }: Open): TaskEnvelope => ({
    ...headerOf({ ...header, leaf, ...(instance === undefined ? {} : { instance }) }),
    ...{ attempt, replyTo, ...(hedge ? { hedge } : {}) },
    tasks: tasks.map(({ leaf: _, instance: __, ...task }) => task),
  });
  const rest = (): TaskEnvelope[] => {
    const messages = [...open.values()].map(seal);
    open.clear();
    return messages;
  };
  const add = (task: NumberedTask): TaskEnvelope[] => {
    const its = shardOf(task.taskIndex, header.shardSize);
    const full = its === shard ? [] : rest();
    shard = its;
    const size = wireBytes(task) + 1 + keptBytes(task);
    const { leaf, instance } = task;
    const whose = instance === undefined ? leaf : `${leaf}/${instance}`;
    const riding = open.get(whose);
    if (riding && riding.tasks.length < tasksPerMessage && size <= riding.room) {
      riding.tasks.push(task);
      riding.room -= size;
      return full;
    }
    if (riding) full.push(seal(riding));
    open.set(whose, { leaf, instance, tasks: [task], room: TASKS_BYTES - size });
    return full;
  };
  return { add, rest };
}

/** What is kept outside takes no room of a message, but a leaf is to hold all that rides together. */
const keptBytes = ({ claim }: NumberedTask): number => claim?.bytes ?? 0;

/** Packs tasks that are all there already. */
export function packEnvelopes(
  header: RequestHeader,
  tasks: Iterable<NumberedTask>,
  options: PackOptions,
): TaskEnvelope[] {
  const packer = createPacker(header, options);
  const full = Array.from(tasks, (task) => packer.add(task)).flat();
  return [...full, ...packer.rest()];
}

/** Groups entries in order, at most `count` and about `bytes` of JSON a group; an entry larger than that rides alone. */
export function ride<T>(entries: readonly T[], count: number, bytes: number): T[][] {
  // The usual group is one, which takes one look at all of it.
  if (entries.length > 0 && entries.length <= count && wireBytes(entries) <= bytes) return [[...entries]];
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

/** Tasks a message takes with `auto`: one each while they are few, as many as keep a request at about a hundred messages. */
const AUTO = { messages: 100, most: 25 } as const;

/** How many tasks ride in a message of a request of `expected` tasks. */
export const ridersOf = ({ tasksPerMessage }: Pick<Job, 'tasksPerMessage'>, expected: number): number =>
  tasksPerMessage === 'auto' ? Math.min(AUTO.most, Math.ceil(expected / AUTO.messages)) : tasksPerMessage;
