import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { WARDEN_MS } from '../../shared/core/limits.ts';
import { ClaimsBucket } from '../resources/claims-bucket.ts';
import { HardenedQueue } from '../resources/queue.ts';
import { GatheringsTable } from '../resources/table.ts';
import { HardenedTopic } from '../resources/topic.ts';

/** What the functions that serve every job run with. */
export const SERVICE_SIZE = { timeout: Duration.seconds(30), memoryMb: 512 } as const;

/** Receives of a service's message before it is given up; Lambda asks for five where a batch may be throttled. */
const SERVICE_RECEIVES = 5;
/** The same time for messages that are hidden for two seconds at a time: a quarter of an hour. */
const DEADLINE_RECEIVES = 450;

/**
 * What the functions share: where tasks go out, where results come in, where gatherings are kept. Larger requests have
 * queues of their own, so that nobody waits behind them. A message nobody could deliver or answer comes back through
 * `undelivered` or a leaf's own dead letters; one that even a service fails on ends in a queue that nothing consumes, and
 * an alarm shows it.
 */
export class Gathering extends Construct {
  readonly table: GatheringsTable;
  /** Payloads kept outside messages and items. */
  readonly claims: ClaimsBucket;
  readonly tasks: HardenedTopic;
  /** Tells of requests that closed, if their job wants it; whoever wants to know subscribes. */
  readonly completions: HardenedTopic;
  readonly results: HardenedQueue;
  /** Results of requests of more than one shard. */
  readonly bulkResults: HardenedQueue;
  readonly deadResults: HardenedQueue;
  /** Ranges of tasks that wait to be published. */
  readonly scatter: HardenedQueue;
  readonly deadScatter: HardenedQueue;
  /** Shards that wait to be looked at or folded. */
  readonly shards: HardenedQueue;
  readonly deadShards: HardenedQueue;
  readonly timers: HardenedQueue;
  /** Deadlines to come, each message shortly before its own. */
  readonly deadlines: HardenedQueue;
  readonly deadTimers: HardenedQueue;
  /** Closed requests whose notice is to be sent. */
  readonly notices: HardenedQueue;
  readonly deadNotices: HardenedQueue;
  /** Asks every service and instance that subscribes who is there. It has no filters. */
  readonly rollCalls: HardenedTopic;
  /** Answers to roll-calls. */
  readonly answers: HardenedQueue;
  readonly deadAnswers: HardenedQueue;
  /** The dead letters of the topic's subscriptions. */
  readonly undelivered: HardenedQueue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new GatheringsTable(this, 'Table');
    this.claims = new ClaimsBucket(this, 'Claims');
    this.tasks = new HardenedTopic(this, 'TasksTopic');
    this.completions = new HardenedTopic(this, 'CompletionsTopic');
    this.rollCalls = new HardenedTopic(this, 'RollCallsTopic');
    this.deadResults = new HardenedQueue(this, 'ResultsDeadLetterQueue');
    this.deadScatter = new HardenedQueue(this, 'ScatterDeadLetterQueue');
    this.deadShards = new HardenedQueue(this, 'ShardsDeadLetterQueue');
    this.deadTimers = new HardenedQueue(this, 'TimersDeadLetterQueue');
    this.deadNotices = new HardenedQueue(this, 'NoticesDeadLetterQueue');
    this.results = this.#consumedQueue('ResultsQueue', this.deadResults);
    this.bulkResults = this.#consumedQueue('BulkResultsQueue', this.deadResults);
    this.scatter = this.#consumedQueue('ScatterQueue', this.deadScatter);
    this.shards = this.#consumedQueue('ShardsQueue', this.deadShards);
    this.undelivered = this.deadLetters(this, 'UndeliveredQueue');
    this.timers = this.#consumedQueue('TimersQueue', this.deadTimers);
    this.deadlines = new HardenedQueue(this, 'DeadlinesQueue', {
      visibility: Duration.millis(WARDEN_MS),
      deadLetters: { queue: this.deadTimers, maxReceiveCount: DEADLINE_RECEIVES },
    });
    this.notices = this.#consumedQueue('NoticesQueue', this.deadNotices);
    this.deadAnswers = new HardenedQueue(this, 'AnswersDeadLetterQueue');
    this.answers = this.#consumedQueue('AnswersQueue', this.deadAnswers);
  }

  /** A dead-letter queue that the aggregator consumes. */
  deadLetters(scope: Construct, id: string): HardenedQueue {
    return this.#consumedQueue(id, this.deadResults, scope);
  }

  #consumedQueue(id: string, queue: HardenedQueue, scope: Construct = this): HardenedQueue {
    return new HardenedQueue(scope, id, {
      consumerTimeout: SERVICE_SIZE.timeout,
      deadLetters: { queue, maxReceiveCount: SERVICE_RECEIVES },
    });
  }
}
