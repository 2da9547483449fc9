/** A function's way of calling the roll, wired from its environment. */
import type { ClaimStore } from '../core/ports/claim-store.ts';
import { requiredCount, requiredEnv } from '../env.ts';
import type { RollCalling } from '../roll-call/context.ts';
import { createCensusStore } from './census-store.ts';
import { dynamodb } from './clients/dynamodb.ts';
import { sns } from './clients/sns.ts';
import { createRollCallStore } from './roll-call-store.ts';
import { createRollCallsTopic } from './roll-calls-topic.ts';
import { systemClock, systemIds } from './system.ts';
import { telemetry } from './telemetry.ts';

export function rollCallingFromEnv(claims: ClaimStore): RollCalling {
  const table = { client: dynamodb, tableName: requiredEnv('GATHERINGS_TABLE_NAME') };
  return {
    store: createRollCallStore(table, claims),
    census: createCensusStore(table),
    topic: createRollCallsTopic(sns, requiredEnv('ROLL_CALLS_TOPIC_ARN')),
    replyTo: requiredEnv('ANSWERS_QUEUE_URL'),
    retentionMs: requiredCount('RETENTION_HOURS') * 3_600_000,
    ...{ clock: systemClock, ids: systemIds, telemetry },
  };
}
