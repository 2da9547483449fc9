import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../../shared/env.ts';
import { HardenedFunction } from '../resources/function.ts';
import type { HardenedQueue } from '../resources/queue.ts';
import { SERVICE_SIZE } from './gathering.ts';
import { permitInstances } from './instances.ts';
import type { PartProps } from './part.ts';

export interface AggregatorProps extends PartProps {
  readonly retentionHours: number;
}

/**
 * Batches at a time. Results of small requests have the most, since somebody waits for them. Those of bulk requests have
 * half as many: they go to few shards, each of which is an item of 1,000 writes a second at most (DynamoDB developer
 * guide, "Designing partition keys to distribute your workload", 2026-11), so that more would only be throttled. The dead
 * are few, and have the least that a mapping can.
 */
const AT_ONCE = { results: 100, bulkResults: 50, dead: 2 } as const;

/**
 * Folds results into gatherings, and publishes a failed task again while it may be retried. Tasks that died on the way
 * come to it as results do. What is no message of ours it sets apart at once, with a reason.
 */
export class Aggregator extends HardenedFunction {
  constructor(scope: Construct, id: string, { settings, gathering, retentionHours }: AggregatorProps) {
    const { table, tasks, results, bulkResults, deadResults, scatter, shards, notices, undelivered, claims } =
      gathering;
    super(scope, id, {
      ...SERVICE_SIZE,
      settings,
      bundle: 'aggregator',
      description: 'Folds results into gatherings',
      environment: {
        [ENV.GATHERINGS_TABLE_NAME]: table.tableName,
        [ENV.TASKS_TOPIC_ARN]: tasks.topicArn,
        [ENV.STACK_NAME]: Stack.of(scope).stackName,
        [ENV.RESULTS_QUEUE_URL]: results.queueUrl,
        [ENV.BULK_RESULTS_QUEUE_URL]: bulkResults.queueUrl,
        [ENV.DEAD_RESULTS_QUEUE_URL]: deadResults.queueUrl,
        [ENV.SCATTER_QUEUE_URL]: scatter.queueUrl,
        [ENV.SHARDS_QUEUE_URL]: shards.queueUrl,
        [ENV.NOTICES_QUEUE_URL]: notices.queueUrl,
        [ENV.CLAIMS_BUCKET_NAME]: claims.bucketName,
        [ENV.RETENTION_HOURS]: String(retentionHours),
      },
      loops: true,
    });
    table.permitGathering(this);
    claims.permitClaims(this);
    tasks.permitPublish(this);
    permitInstances(this);
    for (const queue of [results, bulkResults, scatter, shards, notices, deadResults]) queue.permitSend(this);
    this.#gather(results, AT_ONCE.results);
    this.#gather(bulkResults, AT_ONCE.bulkResults);
    this.gatherDead(undelivered);
  }

  /** Takes in the dead letters that arrive on `queue`. */
  gatherDead(queue: HardenedQueue): void {
    this.#gather(queue, AT_ONCE.dead);
  }

  /** Without waiting for a fuller batch. */
  #gather(queue: HardenedQueue, maxConcurrency: number): void {
    this.consume(queue, { batchSize: 10, maxConcurrency });
  }
}
