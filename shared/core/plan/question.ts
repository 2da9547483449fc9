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
  /** How many such requests come in a second: the plan says how many roots carry them. */
  readonly requestsPerSecond?: number;
  /** Processor time of a root for a request, for each of its messages, and for each of its tasks. */
  readonly rootRequestMs?: number;
  readonly rootMessageMs?: number;
  readonly rootTaskMs?: number;
  /** The share of its processor that a root should use. */
  readonly rootUtilization?: number;
  /** Calls that a root may have under way. */
  readonly rootCalls?: number;
  /** Roots that may be missing. */
  readonly rootSpare?: number;
}

/**
 * The overheads are those of the local cloud on a laptop: `npm run bench -- throughput` took 3.5 ms a message for 10,000
 * tasks in 1,000 messages, and `latency` 45 ms for a request of five tasks (2026-11-22). Nothing was measured on AWS.
 *
 * A root's processor time is that of `npm run bench -- root` on the same laptop (2026-11-26), sixteen callers at a time: 6.1 ms for
 * a request of one message of five tasks, 15.8 for one of five messages, 53 for one of 100 messages of ten tasks. A message costs
 * 2.4 ms when its results come alone, and a sixth of that when many of one request come together, which is not counted on. At
 * 60 % of its processor a root answers in 2.5 times the time of an idle one if requests come as they please (M/M/1: 1 ÷ (1 − utilization)).
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
  ...{ rootRequestMs: 3.5, rootMessageMs: 2.4, rootTaskMs: 0.04 },
  ...{ rootUtilization: 0.6, rootCalls: 1_000, rootSpare: 1 },
} as const;

/** The share of requests that must make it where nobody named a target. */
export const USUAL_TARGET = 0.99;

/** What the plan is free to choose: parts of a whole, as many of a kind as there may be, or only the way they go. */
export type Freedom = 'division' | 'most' | 'way';

/** What stays open where nobody says it. */
type Optional =
  | ('workMs' | 'tasks' | 'tasksPerMessage' | 'successes' | 'target' | 'deadlineMs' | 'dollars')
  | 'requestsPerSecond';

export type Asked = Question &
  Required<Omit<Question, Optional>> & {
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
