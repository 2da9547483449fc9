import { Duration } from 'aws-cdk-lib';
import { SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription, SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { LeafOptions } from '../../shared/core/job.ts';
import { BULK_BATCH } from '../../shared/core/limits.ts';
import { ENV } from '../../shared/env.ts';
import { ConfigurationError } from '../errors.ts';
import { type JobOutline, leafBundle } from '../jobs.ts';
import { type Bound, lanesOf } from '../lanes.ts';
import { HardenedFunction } from '../resources/function.ts';
import { HardenedQueue } from '../resources/queue.ts';
import type { PartProps } from './part.ts';

export interface LeafProps extends PartProps {
  readonly job: JobOutline;
  /** The leaf's key in the job. */
  readonly name: string;
  readonly options: LeafOptions;
  /** Environments that its bulk queue may have at work if the leaf names no maximum. */
  readonly bulkShare: number;
  /** Hours that what it keeps outside of messages outlives the deadline. */
  readonly retentionHours: number;
  /** The job's settings as the deployment has them, where it has some. */
  readonly chosen?: Readonly<Record<string, string>>;
}

type Lane = 'small' | 'bulk';

/**
 * Receives of a task's message before it counts as dead. A batch that Lambda throttled counts as received too: five at
 * least keep that from looking like death (Lambda developer guide, "Configuring a queue to use with Lambda", 2026-11),
 * and bulk queues meet throttles as a matter of course. Where somebody waits, three say sooner that a leaf is broken.
 */
const TASK_RECEIVES: Readonly<Record<Lane, number>> = { small: 3, bulk: 5 };
/** Lambda keeps an asynchronous event from 60 s to 6 h (Lambda API reference, PutFunctionEventInvokeConfig, 2026-11). */
const EVENT_AGE_MS = { min: 60_000, max: 6 * 3_600_000 } as const;

/** Answers the tasks of one leaf of one job, which its subscriptions pick out by their `leaf` and `lane` attributes. */
export class Leaf extends HardenedFunction {
  /** The dead letters of whatever queues the leaf has. */
  readonly deadLetters?: HardenedQueue;
  /** The leaf asked to be held back: throttles are what it wants. */
  readonly holdsBack: boolean;
  readonly #props: LeafProps;

  constructor(scope: Construct, id: string, props: LeafProps) {
    const { settings, gathering, job, name, options } = props;
    const { results, bulkResults, claims, table } = gathering;
    super(scope, id, {
      settings,
      bundle: leafBundle(job.name, name),
      description: `Answers the tasks of ${job.name}.${name}`,
      timeout: Duration.millis(options.timeoutMs),
      memoryMb: options.memoryMb,
      environment: {
        [ENV.RESULTS_QUEUE_URL]: results.queueUrl,
        [ENV.BULK_RESULTS_QUEUE_URL]: bulkResults.queueUrl,
        [ENV.CLAIMS_BUCKET_NAME]: claims.bucketName,
        [ENV.RETENTION_HOURS]: String(props.retentionHours),
        ...(props.chosen ? { [ENV.JOB_SETTINGS]: JSON.stringify(props.chosen) } : {}),
        ...(options.checksRequest ? { [ENV.GATHERINGS_TABLE_NAME]: table.tableName } : {}),
      },
      loops: true,
    });
    this.#props = props;
    for (const queue of [results, bulkResults]) queue.permitSend(this);
    claims.permitClaims(this);
    if (options.checksRequest) table.permitRequestStates(this);
    const { reserved, small, bulk } = lanesOf(job, options.delivery, props.bulkShare);
    this.holdsBack = reserved !== undefined;
    if (reserved !== undefined) this.#holdBack(reserved);
    if (small || bulk) this.deadLetters = gathering.deadLetters(this, 'DeadLetterQueue');
    if (options.delivery.kind === 'direct') this.#subscribeFunction();
    if (small) this.#subscribeQueue('TasksQueue', bulk === 'shared' ? undefined : 'small', small);
    if (bulk && bulk !== 'shared') this.#subscribeQueue('BulkTasksQueue', 'bulk', bulk);
  }

  #holdBack(reserved: number): void {
    const { reserveConcurrency, job, name } = this.#props;
    if (!reserveConcurrency) throw new ConfigurationError(`jobs/${job.name}/job.ts`, unreservable(name));
    this.reserve(reserved);
  }

  /** Retries are the aggregator's, at once; Lambda's own would come a minute late. A throttled event is not a try. */
  #subscribeFunction(): void {
    const { gathering, job } = this.#props;
    this.lambda.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge: Duration.seconds(Math.ceil(clamp(job.deadlineMs, EVENT_AGE_MS) / 1_000)),
      // A destination of our own: CDK's would grant more than sending, which the leaf may do already.
      onFailure: { bind: () => ({ destination: gathering.results.queueArn }) },
    });
    gathering.tasks.addSubscription(
      new LambdaSubscription(this.lambda, {
        filterPolicy: this.#only('small'),
        deadLetterQueue: gathering.undelivered,
      }),
    );
  }

  /** Takes the tasks of `lane`, or without one those of both, through a queue. */
  #subscribeQueue(id: string, lane: Lane | undefined, { maxConcurrency }: Bound): void {
    const { gathering, options } = this.#props;
    const tasks = new HardenedQueue(this, id, {
      consumerTimeout: Duration.millis(options.timeoutMs),
      deadLetters: this.deadLetters && {
        queue: this.deadLetters,
        maxReceiveCount: TASK_RECEIVES[lane ?? 'bulk'],
      },
    });
    gathering.tasks.addSubscription(
      new SqsSubscription(tasks, {
        rawMessageDelivery: true,
        filterPolicy: this.#only(lane),
        deadLetterQueue: gathering.undelivered,
      }),
    );
    const batchSize = options.delivery.kind === 'queue' ? options.delivery.batchSize : BULK_BATCH;
    this.consume(tasks, { batchSize, maxConcurrency });
  }

  #only(lane: Lane | undefined): Record<string, SubscriptionFilter> {
    const { job, name } = this.#props;
    const exactly = (word: string) => SubscriptionFilter.stringFilter({ allowlist: [word] });
    return { leaf: exactly(`${job.name}.${name}`), ...(lane && { lane: exactly(lane) }) };
  }
}

const unreservable = (leaf: string): string =>
  `gives the leaf "${leaf}" direct({ maxConcurrency }), which takes a reservation, and reserveConcurrency is false; use queue({ maxConcurrency })`;

function clamp(value: number, { min, max }: { min: number; max: number }): number {
  return Math.min(Math.max(value, min), max);
}
