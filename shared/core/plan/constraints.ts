/** What can keep a request from being faster, or from having more tasks: each with its number and its source. */
import {
  ACCOUNT_CONCURRENCY,
  BULK_CONCURRENCY,
  FUNCTION_RAMP,
  LIMITS,
  MAPPING_RAMP,
  PARTITION_WRITES,
  SNS_MESSAGE_BYTES,
  TASK_MESSAGE_BYTES,
} from '../limits.ts';
import type { Asked } from './question.ts';

export interface Constraint {
  readonly name: ConstraintName | 'leaf-time';
  /** What it is, with its number. */
  readonly says: string;
  /** Whose it is: a page of AWS with its date, ours, or the question's. */
  readonly source: string;
}

/** In the order in which they are named where several would do as well. */
export const CONSTRAINTS = [
  ...(['deadline', 'availability', 'dollars', 'max-concurrency', 'lambda-ramp', 'mapping-ramp'] as const),
  ...(['bulk-concurrency', 'concurrency', 'write-units', 'message-bytes', 'leaf-timeout'] as const),
  ...(['tasks-per-request', 'overhead'] as const),
] as const;
export type ConstraintName = (typeof CONSTRAINTS)[number];

const count = (amount: number): string => amount.toLocaleString('en-US', { maximumFractionDigits: 3 });
const ASKED = 'asked for';
const OURS = 'ours: shared/core/limits.ts';

/** What `name` says of this question. */
export function constraintOf(question: Asked, name: Constraint['name']): Constraint {
  const { says, source } = WORDS[name](question);
  return { name, says, source };
}

type Words = Readonly<Record<Constraint['name'], (question: Asked) => Omit<Constraint, 'name'>>>;

const WORDS: Words = {
  deadline: ({ deadlineMs = 0 }) => ({ says: `the deadline of ${count(deadlineMs)} ms`, source: ASKED }),
  availability: ({ availability, target }) => ({
    says: `tasks of availability ${availability} that must all answer, with probability ${target}`,
    source: ASKED,
  }),
  dollars: ({ dollars }) => ({ says: `$${dollars} a request`, source: ASKED }),
  'max-concurrency': ({ delivery }) => ({
    says: `${count(delivery.maxConcurrency ?? 0)} environments of the leaf`,
    source: ASKED,
  }),
  'lambda-ramp': () => ({
    says: `a function starts ${count(FUNCTION_RAMP.first)} environments at once and ${count(FUNCTION_RAMP.step)} more every ${FUNCTION_RAMP.everyMs / 1_000} s`,
    source: FUNCTION_RAMP.source,
  }),
  'mapping-ramp': () => ({
    says: `a queue's mapping starts with ${MAPPING_RAMP.first} batches and adds ${MAPPING_RAMP.step} a minute`,
    source: MAPPING_RAMP.source,
  }),
  'bulk-concurrency': () => ({
    says: `${count(BULK_CONCURRENCY)} environments for requests of more than ${count(LIMITS.tasksPerShard)} tasks, ${LIMITS.shardsInFlight} shards of them at a time`,
    source: OURS,
  }),
  concurrency: ({ concurrency }) => ({
    says: `${count(concurrency)} executions of the account at a time`,
    source: ACCOUNT_CONCURRENCY.source,
  }),
  'write-units': () => ({
    says: `${count(PARTITION_WRITES.units)} write units a second for each shard's partition`,
    source: PARTITION_WRITES.source,
  }),
  'message-bytes': () => ({
    says: `${count(TASK_MESSAGE_BYTES / 1_024)} KiB of a message of ${SNS_MESSAGE_BYTES / 1_024} KiB`,
    source: 'SNS developer guide, "Quotas", 2026-11',
  }),
  'leaf-timeout': ({ timeoutMs }) => ({
    says: `a leaf's function ends after ${count(timeoutMs / 1_000)} s`,
    source: ACCOUNT_CONCURRENCY.source,
  }),
  'tasks-per-request': () => ({ says: `${count(LIMITS.tasksPerRequest)} tasks a request`, source: OURS }),
  overhead: ({ overheadMs }) => ({
    says: `each message adds ${count(overheadMs)} ms: it is published, and its results marked and folded, one after another`,
    source: 'assumed: see --overhead-ms',
  }),
  'leaf-time': () => ({ says: 'the time of the leaves themselves', source: ASKED }),
};
