import { randomUUID } from 'node:crypto';
import type { Emit } from '../../events.ts';
import { type Environment, InitFailure } from './environment.ts';
import { type EnvironmentLimits, Environments } from './environments.ts';
import { Executions } from './executions.ts';
import { type Outcome, tooLarge } from './outcome.ts';
import type { Processors } from './processors.ts';

export interface FunctionSettings {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly taskRoot: string;
  readonly limits: EnvironmentLimits;
  /** Executions at a time at most, reserved for the function; without it, as many as come. */
  readonly reserved?: number;
  readonly processors: Processors;
  readonly emit: Emit;
  start(taskRoot: string, standing: Standing): Environment;
  /** Whether a test has Lambda throttle the next invocation. */
  throttled(): boolean;
}

export interface Invocation {
  /** The event as JSON, or as the plain members that its JSON would have, none of them undefined. */
  readonly event: string | object;
  /** The queue whose mapping invokes; without it, a caller does, or a topic. */
  readonly source?: string;
  readonly requestId?: string;
  /** When an invocation that has found no environment is not run any more, in epoch ms. */
  readonly startBy?: number;
}

/** How urgent the work of an environment is: somebody waits for it, or it is one of a queue's, or only a backlog's. */
export type Standing = 'asked' | 'queued' | 'backlog';

/** 6 MB each way: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (read November 2026) */
export const LARGEST_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** One Lambda function: invocations go to its environments, and come back as outcomes; nothing here throws because a handler did. */
export class LambdaFunction {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly executions: Executions;
  readonly #settings: FunctionSettings;
  readonly #pools = new Map<string | undefined, Environments>();
  #taskRoot: string;

  constructor(settings: FunctionSettings) {
    this.#settings = settings;
    this.#taskRoot = settings.taskRoot;
    this.id = settings.id;
    this.name = settings.name;
    this.arn = settings.arn;
    this.executions = new Executions(settings.reserved);
  }

  /** Runs one invocation, unless Lambda throttles it, or its time is over when it could begin (`'expired'`). */
  async invoke(invocation: Invocation): Promise<Outcome | 'throttled' | 'expired'> {
    if (this.#settings.throttled() || !this.executions.enter()) return 'throttled';
    try {
      return await this.#execute(invocation);
    } finally {
      this.executions.leave();
    }
  }

  /** Resolves when it is worth invoking for `source`; see `Environments`. */
  room(source: string): Promise<void> {
    return this.#pool(source).room();
  }

  /** From now on new environments run the code in `taskRoot`; busy ones finish what they are doing. */
  swapCode(taskRoot: string): void {
    if (taskRoot === this.#taskRoot) return;
    this.#taskRoot = taskRoot;
    for (const pool of this.#pools.values()) pool.retire();
  }

  /** Ends every environment, busy or not; the next invocation finds a cold start. */
  async kill(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.killAll()));
  }

  /** Ends everything; whoever waits is told so. */
  async close(): Promise<void> {
    this.executions.close();
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  async #execute({ event, source, requestId = randomUUID(), startBy }: Invocation): Promise<Outcome | 'expired'> {
    const pool = this.#pool(source);
    const environment = await acquire(pool);
    if (!('id' in environment)) return this.#ended(requestId, environment);
    if (startBy !== undefined && Date.now() > startBy) {
      pool.release(environment);
      return 'expired';
    }
    const startedAt = performance.now();
    const outcome = await environment.invoke(requestId, event, this.#settings.timeoutMs);
    const durationMs = performance.now() - startedAt;
    pool.release(environment);
    return this.#ended(requestId, withinLimit(outcome), { durationMs });
  }

  /** Each source has environments of its own, so that nobody waits for one that is busy with a queue's backlog. */
  #pool(source: string | undefined): Environments {
    const known = this.#pools.get(source);
    if (known) return known;
    const { limits, processors, start } = this.#settings;
    const first: Standing = source === undefined ? 'asked' : 'queued';
    const further: Standing = source === undefined ? 'asked' : 'backlog';
    const begin = (others: number) => start(this.#taskRoot, others === 0 ? first : further);
    const pool = new Environments(begin, limits, processors);
    this.#pools.set(source, pool);
    return pool;
  }

  #ended(requestId: string, outcome: Outcome, duration: { readonly durationMs?: number } = {}): Outcome {
    const error = 'error' in outcome ? { error: outcome.error } : {};
    const { emit, memoryMb } = this.#settings;
    emit({ kind: 'invocation-ended', functionId: this.id, requestId, memoryMb, ...duration, ...error });
    return outcome;
  }
}

function withinLimit(outcome: Outcome): Outcome {
  if ('error' in outcome) return outcome;
  const bytes = Buffer.byteLength(outcome.payload);
  if (bytes <= LARGEST_PAYLOAD_BYTES) return outcome;
  return { error: tooLarge('Function.ResponseSizeTooLarge', bytes, LARGEST_PAYLOAD_BYTES) };
}

async function acquire(pool: Environments): Promise<Environment | Outcome> {
  try {
    return await pool.acquire();
  } catch (error) {
    if (error instanceof InitFailure) return { error: error.error };
    return { error: { errorType: 'Sandbox.Closed', errorMessage: String(error) } };
  }
}
