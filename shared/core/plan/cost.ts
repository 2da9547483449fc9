/**
 * What a request uses of AWS, as `npm run bench:billing` meters it (2026-11-25): messages and results come in batches of ten
 * where there are many of them, each at a time where there are few.
 */
import { BATCH_ENTRIES } from '../limits.ts';
import { dollarsOf, type Units } from './prices.ts';
import type { Asked } from './question.ts';
import type { Shape } from './shape.ts';

const KB = 1_024;
const units = (bytes: number): number => Math.max(1, Math.ceil(bytes / (64 * KB)));

/** Of any request: the timer's message sent, taken and deleted; the distributor and the timer; head, place, input and answer. */
const ALWAYS = { sqs: 3, lambda: 2, writes: 6, reads: 10 } as const;

/** Batches in which a number of results messages is marked and folded. */
const batchesOf = (messages: number): number =>
  Math.max(Math.ceil(messages / BATCH_ENTRIES), Math.min(messages, BATCH_ENTRIES));

/** Write units of what `tasks` tasks answer in `messages` results messages: a mark a batch, and chunks. */
export const writesOf = ({ resultBytes }: Asked, tasks: number, messages: number): number =>
  batchesOf(messages) + Math.ceil((tasks * resultBytes) / KB);

/** What a request of tasks of this mean costs in dollars: `compute` is the leaves' time, `rest` all but the services' own. */
export function priceOf(question: Asked, shape: Shape, meanMs: number): { compute: number; rest: number } {
  const { payloadBytes, resultBytes, memoryMb } = question;
  const { tasks, tasksPerMessage, messages, invocations, ride, queued } = shape;
  const batches = batchesOf(invocations);
  const used: Units = {
    'api-requests': 1,
    'sns-requests':
      Math.ceil(messages / BATCH_ENTRIES) * units(Math.min(messages, BATCH_ENTRIES) * tasksPerMessage * payloadBytes),
    'sqs-requests': ALWAYS.sqs + invocations * units(ride * resultBytes) + 2 * batches + (queued ? 2 * invocations : 0),
    'lambda-requests': ALWAYS.lambda + invocations + batches,
    'dynamodb-write-units': ALWAYS.writes + writesOf(question, tasks, invocations),
    'dynamodb-read-units': ALWAYS.reads + Math.ceil((tasks * resultBytes) / (4 * KB)),
  };
  const compute = { 'lambda-gb-seconds': (tasks * meanMs * memoryMb) / 1_000 / 1_024 };
  return { compute: dollarsOf(compute), rest: dollarsOf(used) };
}
