import { randomUUID } from 'node:crypto';
import type { Emit } from '../../events.ts';
import { type Environment, InitFailure } from './environment.ts';
import { type EnvironmentLimits, Environments } from './environments.ts';
import { type Outcome, tooLarge } from './outcome.ts';

export interface FunctionSettings {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly taskRoot: string;
  readonly limits: EnvironmentLimits;
  readonly emit: Emit;
  start(taskRoot: string): Environment;
}

/** 6 MB each way: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (read November 2026) */
export const LARGEST_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** One Lambda function: invocations go to its environments, and come back as outcomes; nothing here throws because a handler did. */
export class LambdaFunction {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly environments: Environments;
  readonly #settings: FunctionSettings;
  #taskRoot: string;

  constructor(settings: FunctionSettings) {
    this.#settings = settings;
    this.#taskRoot = settings.taskRoot;
    this.id = settings.id;
    this.name = settings.name;
    this.arn = settings.arn;
    this.environments = new Environments(() => settings.start(this.#taskRoot), settings.limits);
  }

  /**
   * Runs one invocation. `payload` is JSON. With `startBy` (epoch milliseconds) an invocation that found no environment until
   * then is not run, and `'expired'` says so.
   */
  async invoke(payload: string, requestId: string, startBy: number): Promise<Outcome | 'expired'>;
  async invoke(payload: string, requestId?: string): Promise<Outcome>;
  async invoke(
    payload: string,
    requestId: string = randomUUID(),
    startBy = Number.POSITIVE_INFINITY,
  ): Promise<Outcome | 'expired'> {
    const environment = await this.#acquire();
    if (!('id' in environment)) return this.#ended(requestId, environment);
    if (Date.now() > startBy) {
      this.environments.release(environment);
      return 'expired';
    }
    const startedAt = performance.now();
    const outcome = await environment.invoke(requestId, payload, this.#settings.timeoutMs);
    const durationMs = performance.now() - startedAt;
    this.environments.release(environment);
    return this.#ended(requestId, withinLimit(outcome), { durationMs });
  }

  /** From now on new environments run the code in `taskRoot`; busy ones finish what they are doing. */
  swapCode(taskRoot: string): void {
    if (taskRoot === this.#taskRoot) return;
    this.#taskRoot = taskRoot;
    this.environments.retire();
  }

  async #acquire(): Promise<Environment | Outcome> {
    try {
      return await this.environments.acquire();
    } catch (error) {
      if (error instanceof InitFailure) return { error: error.error };
      return { error: { errorType: 'Sandbox.Closed', errorMessage: String(error) } };
    }
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
