import { Duration } from 'aws-cdk-lib';
import { SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription, SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Delivery, LeafOptions } from '../../shared/core/job.ts';
import { ENV } from '../../shared/env.ts';
import { type JobOutline, leafBundle } from '../jobs.ts';
import { HardenedFunction } from '../resources/function.ts';
import { HardenedQueue } from '../resources/queue.ts';
import type { PartProps } from './part.ts';

export interface LeafProps extends PartProps {
  readonly job: JobOutline;
  /** The leaf's key in the job. */
  readonly name: string;
  readonly options: LeafOptions;
}

/** Receives of a task's message before it counts as dead. */
const TASK_RECEIVES = 3;
/** Lambda keeps an asynchronous event from 60 s to 6 h (Lambda API reference, PutFunctionEventInvokeConfig, 2026-11). */
const EVENT_AGE_MS = { min: 60_000, max: 6 * 3_600_000 } as const;

/** Answers the tasks of one leaf of one job, which its subscription picks out by their `leaf` attribute. */
export class Leaf extends HardenedFunction {
  /** The dead letters of a leaf that has a queue of its own. */
  readonly deadLetters?: HardenedQueue;

  constructor(scope: Construct, id: string, props: LeafProps) {
    const { settings, gathering, job, name, options } = props;
    super(scope, id, {
      settings,
      bundle: leafBundle(job.name, name),
      description: `Answers the tasks of ${job.name}.${name}`,
      timeout: Duration.millis(options.timeoutMs),
      memoryMb: options.memoryMb,
      environment: { [ENV.RESULTS_QUEUE_URL]: gathering.results.queueUrl },
      loops: true,
    });
    gathering.results.permitSend(this);
    if (options.delivery.kind === 'direct') this.#subscribeFunction(props);
    else this.deadLetters = this.#subscribeQueue(props, options.delivery);
  }

  /** Retries are the aggregator's, at once; Lambda's own would come a minute late. */
  #subscribeFunction({ gathering, job, name }: LeafProps): void {
    this.lambda.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge: Duration.seconds(Math.ceil(clamp(job.deadlineMs, EVENT_AGE_MS) / 1_000)),
      // A destination of our own: CDK's would grant more than sending, which the leaf may do already.
      onFailure: { bind: () => ({ destination: gathering.results.queueArn }) },
    });
    gathering.tasks.addSubscription(
      new LambdaSubscription(this.lambda, {
        filterPolicy: onlyLeaf(job, name),
        deadLetterQueue: gathering.undelivered,
      }),
    );
  }

  #subscribeQueue({ gathering, job, name, options }: LeafProps, delivery: Delivery & { kind: 'queue' }): HardenedQueue {
    const deadLetters = gathering.deadLetters(this, 'DeadLetterQueue');
    const tasks = new HardenedQueue(this, 'TasksQueue', {
      consumerTimeout: Duration.millis(options.timeoutMs),
      deadLetters: { queue: deadLetters, maxReceiveCount: TASK_RECEIVES },
    });
    gathering.tasks.addSubscription(
      new SqsSubscription(tasks, {
        rawMessageDelivery: true,
        filterPolicy: onlyLeaf(job, name),
        deadLetterQueue: gathering.undelivered,
      }),
    );
    this.consume(tasks, delivery);
    return deadLetters;
  }
}

function onlyLeaf(job: JobOutline, name: string): Record<string, SubscriptionFilter> {
  return { leaf: SubscriptionFilter.stringFilter({ allowlist: [`${job.name}.${name}`] }) };
}

function clamp(value: number, { min, max }: { min: number; max: number }): number {
  return Math.min(Math.max(value, min), max);
}
