import type { Construct } from 'constructs';
import { ENV } from '../../shared/env.ts';
import { HardenedFunction } from '../resources/function.ts';
import { SERVICE_SIZE } from './gathering.ts';
import type { PartProps } from './part.ts';

/** Takes results over HTTPS from leaves that are not of this stack. Anybody may call it, so it may do next to nothing. */
export class Intake extends HardenedFunction {
  constructor(scope: Construct, id: string, { settings, gathering }: PartProps) {
    const { table, results, bulkResults } = gathering;
    super(scope, id, {
      ...SERVICE_SIZE,
      settings,
      bundle: 'intake',
      description: 'Takes results from leaves outside of this stack',
      environment: {
        [ENV.GATHERINGS_TABLE_NAME]: table.tableName,
        [ENV.RESULTS_QUEUE_URL]: results.queueUrl,
        [ENV.BULK_RESULTS_QUEUE_URL]: bulkResults.queueUrl,
      },
      loops: false,
    });
    table.permitRequestFacts(this);
    for (const queue of [results, bulkResults]) queue.permitSend(this);
  }
}
