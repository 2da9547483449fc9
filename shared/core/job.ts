/**
 * What a user defines: a job. Plain data and pure functions; `defineJob` checks them once, at load, by name.
 * This module knows schemas only by the two members it calls, so that core depends on nothing.
 */
import type { Audience, Heard } from './audience.ts';
import { checkJob } from './check-job.ts';
import { all, type Completion } from './completion.ts';
import { HEDGE_DEFAULTS, type HedgeOptions } from './hedge.ts';
import { drop, type Late } from './late.ts';
import { DEADLINE_MS, LIMITS } from './limits.ts';

/** The part of a zod schema that core calls; `job.input` is a full zod schema for whoever describes the API. */
export interface InputSchema<Input> {
  safeParse(value: unknown): { success: true; data: Input } | { success: false; error: unknown };
}

/** One task as `split` yields it. `leaf` may be left out where the job has a single leaf. */
export interface Task<Payload> {
  readonly leaf?: string;
  /** The one instance of an external leaf's service that is to answer, as it calls itself in roll-calls. */
  readonly instance?: string;
  readonly label?: string;
  readonly payload: Payload;
}

/** One succeeded task as the fold meets it, in task order. */
export interface Success<Value> {
  readonly taskIndex: number;
  readonly label?: string;
  readonly value: Value;
}

/**
 * How results combine. `merge` is associative with the neutral `empty()`, and adding results in two groups then
 * merging equals adding them in one. Accumulators are plain JSON. `finish` turns the last accumulator into the answer.
 */
export interface Fold<Value, Accumulator, Aggregate> {
  empty(): Accumulator;
  add(accumulator: Accumulator, success: Success<Value>): Accumulator;
  merge(left: Accumulator, right: Accumulator): Accumulator;
  finish(accumulator: Accumulator): Aggregate;
}

/**
 * How the tasks of small requests reach a leaf: straight from the topic, or through a queue of its own. Those of requests
 * of more than one shard come through a queue either way. A maximum holds for both together; without one the leaf may
 * have what its account has.
 */
export type Delivery =
  | {
      readonly kind: 'direct';
      /** Environments at work at most (1–1,000), reserved for the leaf: what comes while all are busy waits its turn. */
      readonly maxConcurrency?: number;
    }
  | {
      readonly kind: 'queue';
      /** Messages an invocation takes at most (1–10). */
      readonly batchSize: number;
      /** Environments at work at most (2–1,000). */
      readonly maxConcurrency?: number;
    };

export const direct = (options: { maxConcurrency?: number } = {}): Delivery => ({ kind: 'direct', ...options });
export const queue = (options: { batchSize?: number; maxConcurrency?: number } = {}): Delivery => ({
  kind: 'queue',
  batchSize: 10,
  ...options,
});

export interface LeafOptions {
  /** Memory of the leaf's function in MiB; CPU grows with it. */
  readonly memoryMb: number;
  /** The leaf function's own timeout in ms, whole seconds. */
  readonly timeoutMs: number;
  readonly delivery: Delivery;
  /**
   * Whether its function asks, before it begins a message and now and then while tasks run, if the request still is open:
   * work for one that has ended is dropped, or stopped by `signal`. Worth it where a task costs more than a read.
   */
  readonly checksRequest: boolean;
}

/**
 * A leaf that is no function of this stack: whatever subscribes to its tasks, in any language, and answers. Nothing is
 * deployed for it.
 */
export interface ExternalLeaf {
  readonly kind: 'external';
  /** What runs it, as its instances call themselves. */
  readonly service: string;
  /** Whether a task whose instance is gone goes to any other one; it fails unless this says so. */
  readonly elsewhere?: boolean;
}

/** Has a leaf's tasks answered by a service of somebody's own: see docs/leaves.md. */
export const external = (options: Omit<ExternalLeaf, 'kind'>): ExternalLeaf => ({ kind: 'external', ...options });

export const isExternal = (leaf: object): leaf is ExternalLeaf => 'kind' in leaf && leaf.kind === 'external';

/** The leaves of a job that are functions of the stack, by name. */
export const ownLeaves = ({ leaves }: Pick<Job, 'leaves'>): [name: string, options: LeafOptions][] =>
  Object.entries(leaves).flatMap(([name, leaf]) => (isExternal(leaf) ? [] : [[name, leaf]]));

/**
 * What a leaf is told besides its payload. `signal` fires at the deadline, or where late results amend the answer when they
 * no longer do; shortly before the function's timeout; or when a leaf that `checksRequest` finds that the request has
 * ended. Its reason says which.
 */
export interface LeafContext {
  readonly requestId: string;
  readonly taskIndex: number;
  readonly label?: string;
  readonly attempt: number;
  /** This is a second copy: the first is under way too, or was when this one was sent. */
  readonly hedge?: true;
  readonly deadlineAt: number;
  readonly signal: AbortSignal;
  /** What the deployment chose for the job's settings, by name; absent where the job has none. */
  readonly settings?: Readonly<Record<string, string>>;
}

const SCATTER = Symbol.for('fanfold.scatter');

/** What a leaf answers with to have another request answer its task. */
export interface Scatter {
  readonly [SCATTER]: true;
  readonly job: string;
  readonly input: unknown;
}

/**
 * Has a task answered by a request of its own: `return scatter('job', input)`. Its aggregate becomes the task's value; if
 * it fails, so does the task. The same task should ask for the same each time.
 */
export const scatter = (job: string, input: unknown): Scatter => ({ [SCATTER]: true, job, input });

/** Whether a leaf's answer is a request; no value can be taken for one, since JSON has no symbols. */
export const isScatter = (answer: unknown): answer is Scatter =>
  typeof answer === 'object' && answer !== null && SCATTER in answer;

/** A leaf: answers one task, or throws. An error with `retryable: false` is final at once. */
export type Leaf<Payload, Value> = (payload: Payload, context: LeafContext) => Promise<Value> | Value;

/**
 * What somebody knows of a job's usual request. Nothing of it is needed to run: the synthesis warns of what it would break,
 * by the planner's formulas.
 */
export interface JobPlan {
  /** How long a task takes in its leaf, in ms: always as long, or its median and its 99th percentile. */
  readonly leafMs: number | { readonly p50: number; readonly p99: number };
  /** Tasks of a usual request; as many as there may be unless said otherwise. */
  readonly tasks?: number;
  /** The probability that a task is answered in the end, its retries included; 1 unless said otherwise. */
  readonly availability?: number;
  /** The least probability that a request is complete, and that it is by its deadline; 0.99 unless said otherwise. */
  readonly target?: number;
}

/**
 * What a deployment may choose for a job's leaves: `-c <job>:<setting>=<value>`. It reaches them as `settings` of their
 * context. Not for secrets: a template holds it.
 */
export interface Setting {
  /** The value where the deployment says nothing. */
  readonly default: string;
  /** What the whole of a value must be. */
  readonly pattern: RegExp;
  /** `pattern` in words, after "must be". */
  readonly says: string;
}

/** A job as its folder declares it; see `defineJob` for the defaults. */
export interface JobDefinition<Input, Payload, Value, Accumulator, Aggregate> {
  readonly name: string;
  /** Raise it when `split`, payloads or accumulators change shape. */
  readonly version?: number;
  readonly description?: string;
  readonly input: InputSchema<Input>;
  /** An input to try, shown by the API's description. */
  readonly example?: Input;
  readonly leaves: Readonly<Record<string, Partial<LeafOptions> | ExternalLeaf>>;
  /** Who is asked for who is there before a request is split, so that `split` may be told: `(input, { present }: Heard)`. */
  readonly audience?: Audience;
  /** Pure and deterministic: the same input, and the same audience, always yields the same tasks in the same order. */
  split(input: Input, heard?: Heard): Iterable<Task<Payload>>;
  readonly fold: Fold<Value, Accumulator, Aggregate>;
  readonly completion?: Completion<Aggregate>;
  readonly deadlineMs?: number;
  /** Deliveries of one task at most, the first included. */
  readonly attempts?: number;
  /**
   * Whether a task may be done twice without harm. Every leaf has to bear it, since deliveries repeat; a job for which it
   * is costly or unwelcome says `false`, and its tasks are not sent a second time on purpose while the first may be well.
   */
  readonly idempotent?: boolean;
  /** When and how much stragglers are sent again; `false` for never. See `HEDGE_DEFAULTS`. */
  readonly hedge?: HedgeOptions | false;
  /** Tasks that ride in one message at most: 1 for latency, more for thrift, `auto` for what suits the request's size. */
  readonly tasksPerMessage?: number | 'auto';
  /** Tasks of one request at most. A job of at most `LIMITS.tasksPerShard` needs no queues for large requests. */
  readonly maxTasks?: number;
  /**
   * Whether the fold meets what leaves answered (`inline`), or for each answer a `ClaimReference` to it, for output that
   * is larger than an aggregate may be (`claims`): whatever references the aggregate holds are links when it is read.
   */
  readonly values?: 'inline' | 'claims';
  /** Whether the stack's completions topic hears of every request that closed (`topic`). It costs some calls a request. */
  readonly notices?: 'none' | 'topic';
  /** What becomes of results that come after the close. `amend` is for jobs whose requests have one shard at most. */
  readonly late?: Late;
  readonly settings?: Readonly<Record<string, Setting>>;
  readonly plan?: JobPlan;
}

/** A job with every default filled in. */
export type Job<
  Input = unknown,
  Payload = unknown,
  Value = unknown,
  Accumulator = unknown,
  Aggregate = unknown,
> = Required<
  Omit<JobDefinition<Input, Payload, Value, Accumulator, Aggregate>, 'example' | 'leaves' | 'audience' | 'plan'>
> & {
  readonly example?: Input;
  readonly audience?: Audience;
  readonly plan?: JobPlan;
  readonly leaves: Readonly<Record<string, LeafOptions | ExternalLeaf>>;
};

const LEAF_DEFAULTS: LeafOptions = { memoryMb: 256, timeoutMs: 10_000, delivery: direct(), checksRequest: false };

/**
 * Defines a job. Defaults: version 1, every task must answer, a deadline of 20 s, two attempts, stragglers hedged unless the
 * job is not idempotent, one task a message, as many tasks as a request can have, values inline, no notices, late results
 * dropped, no settings, leaves of 256 MiB and 10 s delivered directly that do not check the request.
 *
 * @throws InvalidJobError naming the field and the limit.
 */
export function defineJob<Input, Payload, Value, Accumulator, Aggregate>(
  definition: JobDefinition<Input, Payload, Value, Accumulator, Aggregate>,
): Job<Input, Payload, Value, Accumulator, Aggregate> {
  const leaves = Object.fromEntries(
    Object.entries(definition.leaves).map(([name, options]) => [
      name,
      isExternal(options) ? options : { ...LEAF_DEFAULTS, ...options },
    ]),
  );
  const job = {
    version: 1,
    description: '',
    completion: all(),
    deadlineMs: DEADLINE_MS.default,
    attempts: 2,
    idempotent: true,
    hedge: definition.idempotent === false ? (false as const) : HEDGE_DEFAULTS,
    tasksPerMessage: 1,
    maxTasks: LIMITS.tasksPerRequest,
    values: 'inline' as const,
    notices: 'none' as const,
    late: drop(),
    settings: {},
    ...definition,
    leaves,
  };
  checkJob(job, Object.keys(LEAF_DEFAULTS));
  return job;
}
