import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../../shared/env.ts';
import { HardenedFunction } from '../resources/function.ts';
import { SERVICE_SIZE } from './gathering.ts';
import { permitInstances } from './instances.ts';
import type { PartProps } from './part.ts';

/** Batches of due timers at a time: what they close that is large is closed by others. */
const AT_ONCE = 20;

/**
 * Closes requests at their deadline, and larger ones when their quorum or tolerance is met, and has stragglers sent again. It
 * meets its own messages: a wait longer than SQS can delay is a chain of them, and so are the evaluations of one request.
 */
export class Timer extends HardenedFunction {
  constructor(
    scope: Construct,
    id: string,
    { settings, gathering: { table, tasks, results, shards, notices, timers, deadlines, claims } }: PartProps,
  ) {
    super(scope, id, {
      ...SERVICE_SIZE,
      settings,
      bundle: 'timer',
      description: 'Closes requests at their deadline or when a large one may end, and has stragglers sent again',
      environment: {
        [ENV.GATHERINGS_TABLE_NAME]: table.tableName,
        [ENV.TASKS_TOPIC_ARN]: tasks.topicArn,
        [ENV.STACK_NAME]: Stack.of(scope).stackName,
        [ENV.RESULTS_QUEUE_URL]: results.queueUrl,
        [ENV.SHARDS_QUEUE_URL]: shards.queueUrl,
        [ENV.NOTICES_QUEUE_URL]: notices.queueUrl,
        [ENV.TIMERS_QUEUE_URL]: timers.queueUrl,
        [ENV.DEADLINES_QUEUE_URL]: deadlines.queueUrl,
        [ENV.CLAIMS_BUCKET_NAME]: claims.bucketName,
      },
      loops: true,
    });
    table.permitGathering(this);
    claims.permitClaims(this);
    tasks.permitPublish(this);
    permitInstances(this);
    for (const queue of [results, shards, notices, timers, deadlines]) queue.permitSend(this);
    this.consume(timers, { batchSize: 10, maxConcurrency: AT_ONCE });
  }
}
