/** What somebody asks the planner, and what is taken where they do not say. Durations in ms, sizes in bytes. */
import type { Delivery } from '../job.ts';
import { ACCOUNT_CONCURRENCY, LONGEST_LEAF_MS } from '../limits.ts';
import { constant, type LeafTime } from './leaf-time.ts';

/** Everything may be left out; see `DEFAULTS`. */
export interface Question {
  /**
   * All of the work, as long as one leaf would take for it: the plan says into how many tasks to divide it. With `leafTime`,
   * that is how tasks vary around their mean; without, all parts take alike.
   */
  readonly workMs?: number;
  /** How long a task takes. Without `workMs` it takes that however many there are: the plan says how many there may be. */
  readonly leafTime?: number | LeafTime;
  /** So many tasks and no others: the plan says how to send them and what to expect. */
  readonly tasks?: number;
  readonly tasksPerMessage?: number;
  readonly delivery?: Delivery;
  /** Whether every task must answer, or as many as do with probability `target`. */
  readonly completion?: 'all' | 'quorum';
  /** So many must succeed, whatever `completion` says: a quorum that somebody has chosen already. */
  readonly successes?: number;
  /** What each message adds to the request's time: publishing, marking and folding are one after the other. */
  readonly overheadMs?: number;
  /** What a request takes besides, once. */
  readonly requestMs?: number;
  /** The probability that a task is answered in the end, its retries included. */
  readonly availability?: number;
  /** The least probability that a request is complete. */
  readonly target?: number;
  readonly deadlineMs?: number;
  /** What a request may cost. */
  readonly dollars?: number;
  /** Executions that the account has for this leaf. */
  readonly concurrency?: number;
  readonly memoryMb?: number;
  readonly timeoutMs?: number;
  readonly payloadBytes?: number;
  readonly resultBytes?: number;
}

/**
 * The overheads are those of the local cloud on a laptop: `npm run bench -- throughput` took 3.5 ms a message for 10,000
 * tasks in 1,000 messages, and `latency` 45 ms for a request of five tasks (2026-11-22). Nothing was measured on AWS.
 */
export const DEFAULTS = {
  workMs: 60_000,
  delivery: { kind: 'direct' } as Delivery,
  completion: 'all',
  overheadMs: 3.5,
  requestMs: 45,
  availability: 1,
  concurrency: ACCOUNT_CONCURRENCY.most,
  memoryMb: 256,
  timeoutMs: LONGEST_LEAF_MS,
  payloadBytes: 200,
  resultBytes: 200,
} as const;

/** The share of requests that must make it where nobody named a target. */
export const USUAL_TARGET = 0.99;

/** What the plan is free to choose: parts of a whole, as many of a kind as there may be, or only the way they go. */
export type Freedom = 'division' | 'most' | 'way';

export type Asked = Question &
  Required<
    Omit<Question, 'workMs' | 'tasks' | 'tasksPerMessage' | 'successes' | 'target' | 'deadlineMs' | 'dollars'>
  > & {
    readonly leafTime: LeafTime;
    readonly freedom: Freedom;
  };

/** The question with what it leaves out. */
export function asked(question: Question): Asked {
  const said = Object.fromEntries(Object.entries(question).filter(([, value]) => value !== undefined)) as Question;
  const { leafTime, tasks } = said;
  const { workMs: someWork, ...defaults } = DEFAULTS;
  const workMs = said.workMs ?? (leafTime === undefined ? someWork : undefined);
  const freedom = tasks !== undefined ? 'way' : workMs !== undefined ? 'division' : 'most';
  const time = typeof leafTime === 'object' ? leafTime : constant(leafTime ?? 1);
  return { ...defaults, ...said, workMs, leafTime: time, freedom };
}
