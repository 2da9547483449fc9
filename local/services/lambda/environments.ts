/**
 * The environments of one function for one source of invocations: how many there are, and who gets the next free one.
 *
 * Lambda starts one for every invocation that finds none free. On two cores that would make a burst slower, not faster, so here a
 * second environment is started only when the oldest invocation has waited a while, and one at a time. An invocation beyond the
 * limit waits, where Lambda would answer 429: a laptop has few environments, and a throttle for that would say nothing about AWS.
 */
import { availableParallelism } from 'node:os';
import type { Environment } from './environment.ts';
import type { Processors } from './processors.ts';

export interface EnvironmentLimits {
  readonly most: number;
  /** How long the oldest invocation waits before another environment is started for it. */
  readonly patienceMs: number;
  /** How long an environment beyond the first is kept idle. */
  readonly idleMs: number;
}

/** As many as can run without taking turns. */
const FEW = availableParallelism();
const SELDOM = 10;

interface Waiting {
  readonly since: number;
  take(environment: Environment): void;
  fail(error: unknown): void;
}

export class Environments {
  readonly #start: (others: number) => Environment;
  readonly #limits: EnvironmentLimits;
  readonly #processors: Processors;
  readonly #all = new Set<Environment>();
  readonly #stale = new WeakSet<Environment>();
  #idle: Environment[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #roomWaiters = new Set<() => void>();
  #starting = 0;
  #startedAt = 0;
  #growTimer: NodeJS.Timeout | undefined;
  #reapTimer: NodeJS.Timeout | undefined;

  /** `start` is told how many environments there are already. */
  constructor(start: (others: number) => Environment, limits: EnvironmentLimits, processors: Processors) {
    this.#start = start;
    this.#limits = limits;
    this.#processors = processors;
  }

  /** An environment for one invocation, which gives it back with `release`. Rejects if it could not load its handler. */
  acquire(): Promise<Environment> {
    const idle = this.#idle.findLast(({ alive }) => alive);
    if (idle) {
      this.#idle = this.#idle.filter((each) => each !== idle);
      return Promise.resolve(idle);
    }
    return new Promise((take, fail) => {
      this.#waiting.push({ since: Date.now(), take, fail });
      this.#grow();
    });
  }

  release(environment: Environment): void {
    if (this.#stale.has(environment)) environment.kill();
    if (!environment.alive) return;
    const next = this.#waiting.shift();
    if (next) {
      next.take(environment);
      return;
    }
    this.#idle.push(environment);
    this.#wakeOne();
    this.#reapLater();
  }

  /**
   * Resolves when an invocation would be served at once, or has a reason to be sent anyway because more environments may be started.
   * Whoever batches waits for this before it receives, so that a busy function gets fewer and fuller batches.
   */
  async room(): Promise<void> {
    if (this.#idle.length > 0 || this.#all.size === 0) return;
    await new Promise<void>((resolve) => {
      const mayGrow = this.#all.size < this.#limits.most;
      const timer = mayGrow ? setTimeout(() => wake(), this.#limits.patienceMs) : undefined;
      const wake = () => {
        clearTimeout(timer);
        this.#roomWaiters.delete(wake);
        resolve();
      };
      this.#roomWaiters.add(wake);
    });
  }

  /** Ends every environment, busy or not; the next invocation finds a cold start. */
  async killAll(): Promise<void> {
    const ended = [...this.#all].map((environment) => {
      environment.kill();
      return environment.ended;
    });
    await Promise.all(ended);
  }

  /** Ends the idle environments now and the busy ones when they have answered. */
  retire(): void {
    for (const environment of this.#all) this.#stale.add(environment);
    for (const environment of this.#idle.splice(0)) environment.kill();
  }

  /** Ends everything; whoever waits is told so. */
  async close(): Promise<void> {
    clearTimeout(this.#growTimer);
    clearTimeout(this.#reapTimer);
    for (const { fail } of this.#waiting.splice(0)) fail(new Error('the local cloud is closing'));
    for (const wake of [...this.#roomWaiters]) wake();
    await this.killAll();
  }

  #wakeOne(): void {
    const [first] = this.#roomWaiters;
    first?.();
  }

  #grow(): void {
    const [oldest] = this.#waiting;
    if (!oldest || this.#starting > 0 || this.#all.size >= this.#limits.most) return;
    clearTimeout(this.#growTimer);
    const waitMs = this.#growAt(oldest) - Date.now();
    if (waitMs <= 0) this.#add();
    else this.#growTimer = setTimeout(() => this.#grow(), Math.min(waitMs, this.#limits.patienceMs));
  }

  /**
   * When another environment is worth its start. Beyond a few, that is soon if processors are idle, as when handlers wait or hang,
   * and seldom if they are not: then a start only takes from those that are at work.
   */
  #growAt(oldest: Waiting): number {
    const { patienceMs } = this.#limits;
    if (this.#all.size === 0) return 0;
    if (this.#all.size < FEW || this.#processors.isIdle()) return oldest.since + patienceMs;
    return Math.max(oldest.since, this.#startedAt) + SELDOM * patienceMs;
  }

  #add(): void {
    const environment = this.#start(this.#all.size);
    this.#all.add(environment);
    this.#starting += 1;
    this.#startedAt = Date.now();
    void environment.ended.then(() => this.#forget(environment));
    environment.ready.then(
      () => this.#started(environment),
      (error: unknown) => this.#failedToStart(environment, error),
    );
  }

  #started(environment: Environment): void {
    this.#starting -= 1;
    this.release(environment);
    this.#grow();
  }

  #failedToStart(environment: Environment, error: unknown): void {
    this.#starting -= 1;
    this.#all.delete(environment);
    this.#waiting.shift()?.fail(error);
    this.#grow();
  }

  #forget(environment: Environment): void {
    this.#all.delete(environment);
    this.#idle = this.#idle.filter((each) => each !== environment);
    this.#wakeOne();
    this.#grow();
  }

  #reapLater(): void {
    clearTimeout(this.#reapTimer);
    if (this.#all.size < 2) return;
    this.#reapTimer = setTimeout(() => {
      for (const environment of this.#idle.splice(1)) environment.kill();
    }, this.#limits.idleMs).unref();
  }
}
