import type { Construct } from 'constructs';
import { SHARDS_AT_ONCE } from '../../shared/core/limits.ts';
import { ENV } from '../../shared/env.ts';
import { HardenedFunction } from '../resources/function.ts';
import { SERVICE_SIZE } from './gathering.ts';
import type { PartProps } from './part.ts';

/** Looks at the shards of bulk requests and folds them, one a message, so that no invocation holds more than one. */
export class Closer extends HardenedFunction {
  constructor(scope: Construct, id: string, { settings, gathering: { table, shards, notices, claims } }: PartProps) {
    super(scope, id, {
      ...SERVICE_SIZE,
      settings,
      bundle: 'closer',
      description: 'Folds the shards of large requests, and finishes their answers',
      environment: {
        [ENV.GATHERINGS_TABLE_NAME]: table.tableName,
        [ENV.SHARDS_QUEUE_URL]: shards.queueUrl,
        [ENV.NOTICES_QUEUE_URL]: notices.queueUrl,
        [ENV.CLAIMS_BUCKET_NAME]: claims.bucketName,
      },
      loops: true,
    });
    table.permitGathering(this);
    claims.permitClaims(this);
    for (const queue of [shards, notices]) queue.permitSend(this);
    this.consume(shards, { batchSize: 1, maxConcurrency: SHARDS_AT_ONCE });
  }
}
