/** What to expect of a number of tasks: how long, how surely, for how much. Durations in ms. */
import { LIMITS, PARTITION_WRITES } from '../limits.ts';
import { completionTime } from './completion-time.ts';
import { priceOf, writesOf } from './cost.ts';
import { atomsOf, meanOf, summed } from './grid.ts';
import { type LeafTime, scaled } from './leaf-time.ts';
import { type Asked, USUAL_TARGET } from './question.ts';
import { availabilityOfQuorum, quorumFor } from './reliability.ts';
import { type Lifted, type Shape, shapeOf } from './shape.ts';
import { hedged } from './tail.ts';

export interface Outlook {
  readonly shape: Shape;
  /** Tasks that must succeed; all of them unless a quorum is enough. */
  readonly successes: number;
  /** The probability that they do, whenever that is. */
  readonly availability: number;
  /** Until the last of those that are waited for has answered. */
  readonly completion: LeafTime;
  readonly p99Ms: number;
  /** The probability that all that is waited for has answered by the deadline, if there is one. */
  readonly inTime?: number;
  readonly price: { readonly compute: number; readonly rest: number };
  /** What a message's tasks take together. */
  readonly message: LeafTime;
}

/** Foretells requests of one question; `lifted` limits are as if there were none. */
export class Forecast {
  readonly question: Asked;
  readonly lifted: Lifted;
  readonly #mean: number;
  /** Times of so many tasks one after the other, each as the question's leaf: what divides work only scales them. */
  readonly #sums: Map<number, LeafTime>;

  constructor(question: Asked, lifted: Lifted = new Set(), sums = new Map<number, LeafTime>()) {
    this.question = question;
    this.lifted = lifted;
    this.#sums = sums;
    this.#mean = meanOf(atomsOf(question.leafTime));
  }

  without(lifted: Lifted): Forecast {
    return new Forecast(this.question, lifted, this.#sums);
  }

  /** What to expect of `tasks` tasks; with `hedgeMs` each message not answered by then is sent again. */
  of(tasks: number, tasksPerMessage: number, hedgeMs?: number): Outlook {
    const { question, lifted } = this;
    const shape = shapeOf(question, tasks, tasksPerMessage, lifted);
    const { successes, availability } = this.#success(tasks);
    const message = scaled(this.#sum(shape.ride), this.#factor(tasks));
    const answered = hedgeMs === undefined ? message : hedged(message, hedgeMs);
    const awaited = Math.min(shape.invocations, Math.ceil(successes / question.availability / shape.ride));
    const working = completionTime({ ...shape, awaited, time: message, answered });
    const completion = later(working, this.#fixedMs(shape), this.#leastMs(shape));
    const { deadlineMs } = question;
    return {
      ...{ shape, successes, availability, completion, message },
      p99Ms: completion.quantile(0.99),
      ...(deadlineMs !== undefined && { inTime: completion.cdf(deadlineMs) }),
      price: priceOf(question, shape, this.#mean * this.#factor(tasks)),
    };
  }

  #factor = (tasks: number): number => {
    const { freedom, workMs = 0 } = this.question;
    return workMs > 0 || freedom === 'division' ? workMs / (tasks * this.#mean) : 1;
  };

  #sum(count: number): LeafTime {
    const known = this.#sums.get(count) ?? summed(this.question.leafTime, count);
    this.#sums.set(count, known);
    return known;
  }

  #success(tasks: number): { successes: number; availability: number } {
    const { completion, availability, target = USUAL_TARGET } = this.question;
    const enough = completion === 'all' ? tasks : Math.max(1, quorumFor(availability, tasks, target));
    const successes = Math.min(tasks, this.question.successes ?? enough);
    return { successes, availability: availabilityOfQuorum(availability, tasks, successes) };
  }

  #fixedMs({ messages }: Shape): number {
    const { requestMs, overheadMs } = this.question;
    return requestMs + (this.lifted.has('overhead') ? 0 : overheadMs * messages);
  }

  /** Shards are written to at the same time as long as they are under way together; each is a partition of its own. */
  #leastMs({ tasks, invocations, ride }: Shape): number {
    if (this.lifted.has('write-units')) return 0;
    const shards = Math.ceil(tasks / LIMITS.tasksPerShard);
    const inShard = Math.min(tasks, LIMITS.tasksPerShard);
    const units = writesOf(this.question, inShard, Math.min(invocations, Math.ceil(inShard / ride)));
    return (Math.ceil(shards / LIMITS.shardsInFlight) * units * 1_000) / PARTITION_WRITES.units;
  }
}

/** `time` after `fixedMs`, and not before `leastMs`. */
const later = (time: LeafTime, fixedMs: number, leastMs: number): LeafTime => ({
  cdf: (ms) => (ms < leastMs ? 0 : time.cdf(ms - fixedMs)),
  quantile: (share) => Math.max(leastMs, fixedMs + time.quantile(share)),
});
