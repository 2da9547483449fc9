import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../../shared/env.ts';
import { HardenedFunction } from '../resources/function.ts';
import type { ApiAuth } from './api.ts';
import { SERVICE_SIZE } from './gathering.ts';
import { permitInstances } from './instances.ts';
import type { PartProps } from './part.ts';

export interface DistributorProps extends PartProps {
  readonly auth: ApiAuth;
  readonly ownerOpenRequests: number;
  readonly retentionHours: number;
  readonly callbackHosts: readonly string[];
}

/** Takes a submission, registers its gathering, and publishes its tasks, or the first ranges of them. */
export class Distributor extends HardenedFunction {
  constructor(scope: Construct, id: string, props: DistributorProps) {
    const {
      table,
      tasks,
      results,
      bulkResults,
      rollCalls,
      answers,
      scatter,
      shards,
      notices,
      timers,
      deadlines,
      claims,
    } = props.gathering;
    super(scope, id, {
      ...SERVICE_SIZE,
      settings: props.settings,
      bundle: 'distributor',
      description: 'Splits a request into tasks and publishes them',
      environment: {
        [ENV.GATHERINGS_TABLE_NAME]: table.tableName,
        [ENV.TASKS_TOPIC_ARN]: tasks.topicArn,
        [ENV.ROLL_CALLS_TOPIC_ARN]: rollCalls.topicArn,
        [ENV.ANSWERS_QUEUE_URL]: answers.queueUrl,
        [ENV.STACK_NAME]: Stack.of(scope).stackName,
        [ENV.RESULTS_QUEUE_URL]: results.queueUrl,
        [ENV.BULK_RESULTS_QUEUE_URL]: bulkResults.queueUrl,
        [ENV.SCATTER_QUEUE_URL]: scatter.queueUrl,
        [ENV.SHARDS_QUEUE_URL]: shards.queueUrl,
        [ENV.NOTICES_QUEUE_URL]: notices.queueUrl,
        [ENV.TIMERS_QUEUE_URL]: timers.queueUrl,
        [ENV.DEADLINES_QUEUE_URL]: deadlines.queueUrl,
        [ENV.CLAIMS_BUCKET_NAME]: claims.bucketName,
        [ENV.OWNER_OPEN_REQUESTS]: String(props.ownerOpenRequests),
        [ENV.CALLBACK_HOSTS]: props.callbackHosts.join(',') || 'none',
        [ENV.API_AUTH]: props.auth.kind,
        [ENV.RETENTION_HOURS]: String(props.retentionHours),
      },
      loops: true,
    });
    table.permitGathering(this);
    claims.permitClaims(this);
    for (const topic of [tasks, rollCalls]) topic.permitPublish(this);
    permitInstances(this);
    for (const queue of [results, scatter, shards, notices, timers, deadlines]) queue.permitSend(this);
  }
}
