import type { Construct } from 'constructs';
import { ENV } from '../../shared/env.ts';
import { HardenedFunction } from '../resources/function.ts';
import { SERVICE_SIZE } from './gathering.ts';
import type { PartProps } from './part.ts';

/** Batches of answers at a time: a hundred answers, each batch for a few milliseconds. */
const AT_ONCE = 10;

/**
 * Takes answers to roll-calls. Anybody whose service may answer reaches it, so it can touch nothing but roll-calls; it holds no
 * job's code, and so starts sooner than those that do.
 */
export class Attendance extends HardenedFunction {
  constructor(scope: Construct, id: string, { settings, gathering: { table, answers } }: PartProps) {
    super(scope, id, {
      ...SERVICE_SIZE,
      settings,
      bundle: 'attendance',
      description: 'Takes answers to roll-calls',
      environment: { [ENV.GATHERINGS_TABLE_NAME]: table.tableName },
      loops: false,
    });
    table.permitRollCalls(this, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']);
    this.consume(answers, { batchSize: 10, maxConcurrency: AT_ONCE });
  }
}
