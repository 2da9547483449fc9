import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../../shared/env.ts';
import { HardenedFunction } from '../resources/function.ts';
import { SERVICE_SIZE } from './gathering.ts';
import { permitInstances } from './instances.ts';
import type { PartProps } from './part.ts';

/**
 * Ranges published at a time, of all requests together. One range is a shard of tasks, 25 to 250 PublishBatch calls: more
 * of them side by side would only meet SNS's quota of messages a second, which a region shares (SNS, "Amazon SNS
 * endpoints and quotas", 2026-11: 300 to 30,000), and hold up small requests with it.
 */
const RANGES_AT_ONCE = 10;

export interface ScattererProps extends PartProps {
  readonly retentionHours: number;
}

/**
 * Publishes the tasks of a bulk request, one shard of them a message, and makes the requests that tasks ask for. What it
 * publishes leads to further ones of both.
 */
export class Scatterer extends HardenedFunction {
  constructor(scope: Construct, id: string, { settings, gathering, retentionHours }: ScattererProps) {
    const { table, tasks, results, bulkResults, scatter, shards, notices, timers, deadlines, claims } = gathering;
    super(scope, id, {
      ...SERVICE_SIZE,
      settings,
      bundle: 'scatterer',
      description: 'Publishes the tasks of large requests, a range at a time',
      environment: {
        [ENV.GATHERINGS_TABLE_NAME]: table.tableName,
        [ENV.TASKS_TOPIC_ARN]: tasks.topicArn,
        [ENV.STACK_NAME]: Stack.of(scope).stackName,
        [ENV.RESULTS_QUEUE_URL]: results.queueUrl,
        [ENV.BULK_RESULTS_QUEUE_URL]: bulkResults.queueUrl,
        [ENV.SCATTER_QUEUE_URL]: scatter.queueUrl,
        [ENV.SHARDS_QUEUE_URL]: shards.queueUrl,
        [ENV.NOTICES_QUEUE_URL]: notices.queueUrl,
        [ENV.TIMERS_QUEUE_URL]: timers.queueUrl,
        [ENV.DEADLINES_QUEUE_URL]: deadlines.queueUrl,
        [ENV.CLAIMS_BUCKET_NAME]: claims.bucketName,
        [ENV.RETENTION_HOURS]: String(retentionHours),
      },
      loops: true,
    });
    table.permitGathering(this);
    claims.permitClaims(this);
    tasks.permitPublish(this);
    permitInstances(this);
    for (const queue of [results, bulkResults, scatter, shards, notices, timers, deadlines]) queue.permitSend(this);
    this.consume(scatter, { batchSize: 1, maxConcurrency: RANGES_AT_ONCE });
  }
}
