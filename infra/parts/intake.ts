import type { Construct } from 'constructs';
import { ENV } from '../../shared/env.ts';
import { HardenedFunction } from '../resources/function.ts';
import { SERVICE_SIZE } from './gathering.ts';
import type { PartProps } from './part.ts';

/**
 * Takes results and answers to roll-calls over HTTPS from who is not of this stack. Anybody may call it, so it may do next to
 * nothing.
 */
export class Intake extends HardenedFunction {
  constructor(scope: Construct, id: string, { settings, gathering }: PartProps) {
    const { table, results, bulkResults, answers } = gathering;
    super(scope, id, {
      ...SERVICE_SIZE,
      settings,
      bundle: 'intake',
      description: 'Takes results and answers from outside of this stack',
      environment: {
        [ENV.GATHERINGS_TABLE_NAME]: table.tableName,
        [ENV.RESULTS_QUEUE_URL]: results.queueUrl,
        [ENV.BULK_RESULTS_QUEUE_URL]: bulkResults.queueUrl,
        [ENV.ANSWERS_QUEUE_URL]: answers.queueUrl,
      },
      loops: false,
    });
    table.permitRequestFacts(this);
    table.permitRollCallFacts(this);
    for (const queue of [results, bulkResults, answers]) queue.permitSend(this);
  }
}
