/**
 * Polls one queue as Lambda's mapping would: a batch is handed to its handler, and what did not fail is deleted. A message is
 * hidden for as long as it is worked on and no longer: what failed comes again soon, what was received by a root that is
 * stopping at once, and what a root held that died when its hiding ends. A queue is not asked for more than there is room for.
 */
import type { Message } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { messageOf } from '../shared/core/errors.ts';
import type { Clock } from '../shared/core/ports/runtime.ts';
import type { Telemetry } from '../shared/core/ports/telemetry.ts';
import { within } from './deadline.ts';
import { invocationContext } from './invocation.ts';
import { BATCH_MS, PAUSE_MS, RETRY_SECONDS } from './limits.ts';
import type { Queue } from './queue.ts';
import { sqsEvent } from './sqs-event.ts';

export type QueueHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

export interface Consumption {
  readonly queue: Queue;
  /** Messages of one batch at most. */
  readonly batchSize: number;
  /** Batches at a time at most. */
  readonly atOnce: number;
  /** Seconds until a message that failed comes again, by how often it was received; `RETRY_SECONDS` unless said otherwise. */
  readonly retrySeconds?: readonly number[];
  readonly handle: QueueHandler;
}

export interface Surroundings {
  readonly region: string;
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'warn'>;
  readonly batchMs?: number;
}

export class Poller {
  readonly #consumption: Consumption;
  readonly #surroundings: Surroundings;
  readonly #running = new Set<Promise<void>>();
  readonly #stopped: Promise<void>;
  #stopping = false;
  #failingSince: number | undefined;

  constructor(consumption: Consumption, surroundings: Surroundings) {
    this.#consumption = consumption;
    this.#surroundings = surroundings;
    this.#stopped = this.#run();
  }

  /** Since when receives have failed, in epoch ms; `undefined` when the last one did not. */
  get failingSince(): number | undefined {
    return this.#failingSince;
  }

  /** Receives nothing more; resolves when every batch is done and what was received too late is given back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#stopped;
    await Promise.all(this.#running);
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      while (this.#running.size >= this.#consumption.atOnce) await Promise.race(this.#running);
      const messages = await this.#receive();
      if (messages.length > 0) this.#begin(messages);
    }
  }

  async #receive(): Promise<Message[]> {
    const { queue, batchSize } = this.#consumption;
    try {
      const messages = await queue.receive(batchSize);
      this.#failingSince = undefined;
      return messages;
    } catch (error) {
      const { clock } = this.#surroundings;
      this.#failingSince ??= clock.now();
      this.#warn('queue cannot be polled', error);
      if (!this.#stopping) await clock.sleep(PAUSE_MS);
      return [];
    }
  }

  #begin(messages: readonly Message[]): void {
    const work = this.#stopping ? this.#consumption.queue.show(messages, 0) : this.#take(messages);
    const counted = work
      .catch((error) => this.#warn('messages not taken', error))
      .finally(() => this.#running.delete(counted));
    this.#running.add(counted);
  }

  async #take(messages: readonly Message[]): Promise<void> {
    const { queue, retrySeconds = RETRY_SECONDS } = this.#consumption;
    const failed = await this.#handle(messages);
    await queue.remove(messages.filter(({ MessageId = '' }) => !failed.has(MessageId)));
    const again = Map.groupBy(
      messages.filter(({ MessageId = '' }) => failed.has(MessageId)),
      (message) => retryOf(message, retrySeconds),
    );
    for (const [seconds, group] of again) await queue.show(group, seconds);
  }

  /** The ids of the messages that failed: all of them where the handler threw, or took too long. */
  async #handle(messages: readonly Message[]): Promise<ReadonlySet<string>> {
    const { queue, handle } = this.#consumption;
    const { region, clock, batchMs = BATCH_MS } = this.#surroundings;
    using _hidden = queue.keepHidden(messages, (error) => this.#warn('messages not kept hidden', error));
    try {
      const event = sqsEvent(messages, queue.url, region);
      const { batchItemFailures } = await within(batchMs, handle(event, invocationContext(clock)));
      return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    } catch (error) {
      this.#warn('batch failed', error);
      return new Set(messages.map(({ MessageId = '' }) => MessageId));
    }
  }

  #warn(message: string, error: unknown): void {
    const { url } = this.#consumption.queue;
    this.#surroundings.telemetry.warn(message, { queue: url.split('/').at(-1), reason: messageOf(error, 500) });
  }
}

function retryOf({ Attributes = {} }: Message, seconds: readonly number[]): number {
  const receives = Number(Attributes.ApproximateReceiveCount ?? 1);
  return seconds[Math.min(receives, seconds.length) - 1] ?? 0;
}
