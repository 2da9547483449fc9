import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { WARDEN_MS } from '../../shared/core/limits.ts';
import { ENV } from '../../shared/env.ts';
import { HardenedFunction } from '../resources/function.ts';
import { SERVICE_SIZE } from './gathering.ts';
import type { PartProps } from './part.ts';

/** Batches of deadlines at a time. Each is a call or three. */
const AT_ONCE = 20;

/**
 * Sees that requests are closed whose deadline has come. It has others do what takes long, so that its messages need not be
 * hidden for long. It meets its own messages: a wait longer than SQS can delay is a chain of them, and so is seeing to a close.
 */
export class Warden extends HardenedFunction {
  constructor(scope: Construct, id: string, { settings, gathering }: PartProps) {
    const { table, deadlines, timers, notices } = gathering;
    super(scope, id, {
      ...SERVICE_SIZE,
      timeout: Duration.millis(WARDEN_MS),
      settings,
      bundle: 'warden',
      description: 'Sees that requests are closed at their deadline',
      environment: {
        [ENV.GATHERINGS_TABLE_NAME]: table.tableName,
        [ENV.DEADLINES_QUEUE_URL]: deadlines.queueUrl,
        [ENV.TIMERS_QUEUE_URL]: timers.queueUrl,
        [ENV.NOTICES_QUEUE_URL]: notices.queueUrl,
      },
      loops: true,
    });
    this.permit(['dynamodb:GetItem'], table.tableArn);
    for (const queue of [deadlines, timers, notices]) queue.permitSend(this);
    this.consume(deadlines, { batchSize: 10, maxConcurrency: AT_ONCE });
  }
}
