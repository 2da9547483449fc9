import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../../shared/env.ts';
import { HardenedFunction } from '../resources/function.ts';
import type { ApiAuth } from './api.ts';
import { SERVICE_SIZE } from './gathering.ts';
import { permitInstances } from './instances.ts';
import type { PartProps } from './part.ts';

export interface StatusProps extends PartProps {
  readonly auth: ApiAuth;
}

/** Says how a request stands, cancels it, and describes the API. A reader after the deadline closes the request, and one who waits has its stragglers sent again. */
export class Status extends HardenedFunction {
  constructor(scope: Construct, id: string, { settings, gathering, auth }: StatusProps) {
    const { table, tasks, results, shards, notices, claims } = gathering;
    super(scope, id, {
      ...SERVICE_SIZE,
      settings,
      bundle: 'status',
      description: 'Answers how a request stands, and cancels it',
      environment: {
        [ENV.GATHERINGS_TABLE_NAME]: table.tableName,
        [ENV.TASKS_TOPIC_ARN]: tasks.topicArn,
        [ENV.STACK_NAME]: Stack.of(scope).stackName,
        [ENV.RESULTS_QUEUE_URL]: results.queueUrl,
        [ENV.SHARDS_QUEUE_URL]: shards.queueUrl,
        [ENV.NOTICES_QUEUE_URL]: notices.queueUrl,
        [ENV.CLAIMS_BUCKET_NAME]: claims.bucketName,
        [ENV.API_AUTH]: auth.kind,
      },
      loops: false,
    });
    table.permitGathering(this);
    claims.permitClaims(this);
    tasks.permitPublish(this);
    permitInstances(this);
    for (const queue of [results, shards, notices]) queue.permitSend(this);
  }
}
