/**
 * Lambda's event source mappings: receive a batch, invoke, delete what succeeded. What failed comes back when the queue's
 * visibility timeout has passed, and after `maxReceiveCount` goes to its dead-letter queue: that is the queue's doing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Batch, Delivery } from '../../delivery.ts';
import type { Emit } from '../../events.ts';
import { LocalCloudError } from '../../failure.ts';
import { isObject } from '../../template/json.ts';
import type { Resource, Stack } from '../../template/stack.ts';
import type { Messaging } from '../messaging.ts';
import { deleteMessages, LONGEST_WAIT_SECONDS, type ReceivedMessage, receive } from '../sqs/queues.ts';
import type { LambdaFunction } from './function.ts';
import type { Processors } from './processors.ts';
import { failedItems, sqsEvent } from './sqs-event.ts';
import { insist, type ThrottleLimits } from './throttled.ts';
import { type Turn, Turns } from './turns.ts';

export interface MappingLimits extends ThrottleLimits {
  /** How long batches may all be under way before another joins them. */
  readonly patienceMs: number;
}

export interface MappingContext {
  readonly stack: Stack;
  readonly messaging: Messaging;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly delivery: Delivery;
  readonly limits: MappingLimits;
  readonly processors: Processors;
  readonly emit: Emit;
}

interface Mapping {
  readonly queue: Resource;
  readonly target: LambdaFunction;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly reportsFailures: boolean;
  readonly maximumConcurrency: number;
  /** How long a message stays hidden that was received: so long Lambda goes on trying to have it dealt with. */
  readonly visibilityMs: number;
}

/** A mapping starts with five batches at a time, unless told otherwise; here it stays there. */
const INITIAL_CONCURRENCY = 5;
const DEFAULT_BATCH_SIZE = 10;
const DEFAULT_VISIBILITY_SECONDS = 30;

/** Starts every enabled mapping of the stack; the returned function ends them, as soon as their receives return. */
export function startMappings(context: MappingContext): () => void {
  const closing = new AbortController();
  const mappings = context.stack
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => properties.Enabled !== false);
  const turns = new Turns(context.limits.patienceMs, context.processors);
  const shared = { ...context, turns, signal: closing.signal };
  for (const resource of mappings) void new MappingLoop(mappingOf(resource, context), shared).run();
  return () => {
    closing.abort();
    turns.close();
  };
}

function mappingOf({ logicalId, properties }: Resource, { stack, functions }: MappingContext): Mapping {
  const queue = stack.named(properties.EventSourceArn);
  if (queue?.type !== 'AWS::SQS::Queue')
    throw new LocalCloudError(
      'unsupported',
      `${logicalId}: the local cloud maps queues of the stack only, not ${properties.EventSourceArn}`,
    );
  const target = functions.get(stack.named(properties.FunctionName)?.logicalId ?? '');
  if (!target)
    throw new LocalCloudError('broken-template', `${logicalId}: there is no function ${properties.FunctionName}`);
  const scaling = isObject(properties.ScalingConfig) ? properties.ScalingConfig : {};
  return {
    queue,
    target,
    batchSize: Number(properties.BatchSize ?? DEFAULT_BATCH_SIZE),
    windowMs: Number(properties.MaximumBatchingWindowInSeconds ?? 0) * 1000,
    reportsFailures:
      Array.isArray(properties.FunctionResponseTypes) &&
      properties.FunctionResponseTypes.includes('ReportBatchItemFailures'),
    maximumConcurrency: Number(scaling.MaximumConcurrency ?? INITIAL_CONCURRENCY),
    visibilityMs: Number(queue.properties.VisibilityTimeout ?? DEFAULT_VISIBILITY_SECONDS) * 1000,
  };
}

interface Shared {
  readonly turns: Turns;
  readonly signal: AbortSignal;
}

/**
 * One receive loop a queue: fauxqs wakes every long poll for each message, so that more of them only receive nothing more often.
 * Batches run side by side up to the mapping's concurrency, those beyond the first as they get turns.
 */
class MappingLoop {
  readonly #mapping: Mapping;
  readonly #context: MappingContext;
  readonly #turns: Turns;
  readonly #signal: AbortSignal;
  readonly #running = new Set<Promise<void>>();

  constructor(mapping: Mapping, { turns, signal, ...context }: MappingContext & Shared) {
    this.#mapping = mapping;
    this.#context = context;
    this.#turns = turns;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        await this.#step();
      } catch (error) {
        if (this.#signal.aborted) return;
        this.#context.emit({ kind: 'notice', message: `mapping of ${this.#mapping.queue.logicalId}: ${error}` });
        await delay(1000, undefined, { signal: this.#signal }).catch(() => undefined);
      }
    }
  }

  async #step(): Promise<void> {
    const { target, queue, maximumConcurrency } = this.#mapping;
    while (this.#running.size >= maximumConcurrency) await Promise.race(this.#running);
    await target.room(queue.logicalId);
    const messages = await this.#batch();
    if (this.#signal.aborted || messages.length === 0) return;
    const turn = await this.#turn();
    for (const batch of this.#context.delivery.batches(target.id, messages)) this.#deliver(batch, turn);
  }

  /** Resolves when a batch may go ahead: at once if no other is under way. */
  async #turn(): Promise<Turn | undefined> {
    if (this.#running.size === 0) return undefined;
    const turn = this.#turns.ask();
    let granted = false;
    const grant = turn.granted.then(() => {
      granted = true;
    });
    while (!granted && this.#running.size > 0) await Promise.race([grant, ...this.#running]);
    return turn;
  }

  /** A batch as soon as it is full or the window has passed since its first message. */
  async #batch(): Promise<ReceivedMessage[]> {
    const { queue, batchSize, windowMs } = this.#mapping;
    const batch = await receive(this.#context.messaging, queue.ref, batchSize, LONGEST_WAIT_SECONDS);
    const fullBy = Date.now() + windowMs;
    while (batch.length > 0 && batch.length < batchSize && !this.#signal.aborted) {
      const remainingMs = fullBy - Date.now();
      if (remainingMs <= 0) break;
      batch.push(...(await receive(this.#context.messaging, queue.ref, batchSize - batch.length, remainingMs / 1000)));
    }
    return batch;
  }

  #deliver({ messages, afterMs }: Batch<ReceivedMessage>, turn: Turn | undefined): void {
    const delivered = this.#invoke(messages, afterMs).catch((error) => {
      if (!this.#signal.aborted)
        this.#context.emit({ kind: 'notice', message: `batch of ${this.#mapping.queue.logicalId}: ${error}` });
    });
    const counted = delivered.finally(() => {
      this.#running.delete(counted);
      turn?.end();
    });
    this.#running.add(counted);
  }

  async #invoke(messages: readonly ReceivedMessage[], afterMs: number): Promise<void> {
    const { queue, target, reportsFailures, visibilityMs } = this.#mapping;
    const until = Date.now() + visibilityMs;
    const signal = this.#signal;
    if (afterMs > 0) await delay(afterMs, undefined, { signal });
    const event = sqsEvent(messages, queue.attributes.Arn ?? '', this.#context.stack.naming.region);
    const pauseMs = this.#context.limits.throttlePauseMs;
    const outcome = await insist(target, { event, source: queue.logicalId }, { until, pauseMs, signal });
    if (outcome === 'expired') return;
    const failed = failedItems(outcome, messages, reportsFailures);
    const done = messages.filter(({ MessageId }) => !failed.has(MessageId));
    if (!this.#signal.aborted) await deleteMessages(this.#context.messaging, queue.ref, done);
  }
}
