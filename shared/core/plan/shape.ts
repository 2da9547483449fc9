/** How tasks travel: in messages, which invocations take. */
import { BULK_BATCH, BULK_CONCURRENCY, FUNCTION_RAMP, LIMITS, MAPPING_RAMP, TASK_MESSAGE_BYTES } from '../limits.ts';
import type { Asked } from './question.ts';
import { type Ramp, upTo } from './ramp.ts';

/** Limits that a plan can do without, to see what they cost. */
export type Lifted = ReadonlySet<string>;

export interface Shape {
  readonly tasks: number;
  readonly tasksPerMessage: number;
  readonly messages: number;
  /** Tasks of one invocation, one after the other. */
  readonly ride: number;
  readonly invocations: number;
  /** Whether an invocation's messages come through a queue. */
  readonly queued: boolean;
  readonly ramp: Ramp;
}

/** More than this many riding tasks would not fit into a message. */
export const mostRiders = ({ payloadBytes }: Asked): number =>
  Math.max(1, Math.min(LIMITS.tasksPerMessage, Math.floor(TASK_MESSAGE_BYTES / Math.max(1, payloadBytes))));

const isBulk = (tasks: number): boolean => tasks > LIMITS.tasksPerShard;

/**
 * A request of more than one shard comes through a queue whichever way the leaf chose (decision 21). From a queue, messages
 * are taken to be shared evenly by as many batches as are under way at first, as long as these hold them.
 */
export function shapeOf(question: Asked, tasks: number, tasksPerMessage: number, lifted: Lifted): Shape {
  const { delivery } = question;
  const messages = Math.ceil(tasks / tasksPerMessage);
  const queued = delivery.kind === 'queue' || isBulk(tasks);
  const most = delivery.kind === 'queue' ? delivery.batchSize : BULK_BATCH;
  const batch = queued ? Math.min(most, Math.ceil(messages / MAPPING_RAMP.first)) : 1;
  const invocations = Math.ceil(messages / batch);
  const ride = Math.ceil(tasks / invocations);
  const ramp = rampOf(question, { tasks, ride, queued }, lifted);
  return { tasks, tasksPerMessage, messages, ride, invocations, queued, ramp };
}

function rampOf(
  question: Asked,
  { tasks, ride, queued }: Pick<Shape, 'tasks' | 'ride' | 'queued'>,
  lifted: Lifted,
): Ramp {
  const { concurrency, delivery } = question;
  const ramp = queued ? MAPPING_RAMP : FUNCTION_RAMP;
  const atOnce = lifted.has('concurrency') || lifted.has(queued ? 'mapping-ramp' : 'lambda-ramp');
  const own = delivery.maxConcurrency ?? Number.POSITIVE_INFINITY;
  const bounds = [
    ...(lifted.has('concurrency') ? [] : [concurrency]),
    ...(lifted.has('max-concurrency') ? [] : [isBulk(tasks) ? Math.max(2, Math.floor(own / 2)) : own]),
    ...(isBulk(tasks) && !lifted.has('bulk-concurrency') ? [bulkEnvironments(ride)] : []),
  ];
  return upTo(atOnce ? AT_ONCE : ramp, Math.min(...bounds));
}

const AT_ONCE: Ramp = { first: Number.POSITIVE_INFINITY, step: 0, everyMs: 1, most: Number.POSITIVE_INFINITY };

/** Of a bulk request only some shards are under way at a time, and all bulk requests share what the deployment gives them. */
const bulkEnvironments = (ride: number): number =>
  Math.max(1, Math.min(BULK_CONCURRENCY, Math.floor((LIMITS.shardsInFlight * LIMITS.tasksPerShard) / ride)));
