import type { Construct } from 'constructs';
import { ENV } from '../../shared/env.ts';
import { HardenedFunction } from '../resources/function.ts';
import { SERVICE_SIZE } from './gathering.ts';
import type { PartProps } from './part.ts';

/** Batches of due notices at a time. Each is a few calls, and nobody waits for them. */
const AT_ONCE = 10;

/** Publishes that requests have closed, calls back, answers the task that asked for one, and has those ended that its own tasks asked for. It meets its own messages: a callback not taken is tried again. */
export class Notifier extends HardenedFunction {
  constructor(scope: Construct, id: string, { settings, gathering }: PartProps) {
    const { table, claims, notices, completions, results, bulkResults, scatter } = gathering;
    super(scope, id, {
      ...SERVICE_SIZE,
      settings,
      bundle: 'notifier',
      description: 'Tells of requests that have closed',
      environment: {
        [ENV.GATHERINGS_TABLE_NAME]: table.tableName,
        [ENV.RESULTS_QUEUE_URL]: results.queueUrl,
        [ENV.BULK_RESULTS_QUEUE_URL]: bulkResults.queueUrl,
        [ENV.NOTICES_QUEUE_URL]: notices.queueUrl,
        [ENV.SCATTER_QUEUE_URL]: scatter.queueUrl,
        [ENV.COMPLETIONS_TOPIC_ARN]: completions.topicArn,
        [ENV.CLAIMS_BUCKET_NAME]: claims.bucketName,
      },
      loops: true,
    });
    this.permit(['dynamodb:GetItem', 'dynamodb:UpdateItem'], table.tableArn);
    claims.permitClaims(this);
    completions.permitPublish(this);
    for (const queue of [notices, results, bulkResults, scatter]) queue.permitSend(this);
    this.consume(notices, { batchSize: 10, maxConcurrency: AT_ONCE });
  }
}
