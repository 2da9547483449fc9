import type { Construct } from 'constructs';
import { ENV } from '../../shared/env.ts';
import { HardenedFunction } from '../resources/function.ts';
import type { HardenedQueue } from '../resources/queue.ts';
import { SERVICE_SIZE } from './gathering.ts';
import type { PartProps } from './part.ts';

export interface AggregatorProps extends PartProps {
  readonly retentionHours: number;
}

/**
 * Folds results into gatherings, and publishes a failed task again while it may be retried. Tasks that died on the way
 * come to it as results do.
 */
export class Aggregator extends HardenedFunction {
  constructor(scope: Construct, id: string, { settings, gathering, retentionHours }: AggregatorProps) {
    const { table, tasks, results, undelivered } = gathering;
    super(scope, id, {
      ...SERVICE_SIZE,
      settings,
      bundle: 'aggregator',
      description: 'Folds results into gatherings',
      environment: {
        [ENV.GATHERINGS_TABLE_NAME]: table.tableName,
        [ENV.TASKS_TOPIC_ARN]: tasks.topicArn,
        [ENV.RESULTS_QUEUE_URL]: results.queueUrl,
        [ENV.RETENTION_HOURS]: String(retentionHours),
      },
      loops: true,
    });
    table.permitGathering(this);
    tasks.permitPublish(this);
    this.gather(results);
    this.gather(undelivered);
  }

  /** Takes in what arrives on `queue`, without waiting for a fuller batch. */
  gather(queue: HardenedQueue): void {
    this.consume(queue, { batchSize: 10 });
  }
}
