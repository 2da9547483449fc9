/**
 * The roll-call function. Trigger: the API's roll-calls. It waits in the call for who is there; one that ends early loses
 * nothing, the roll-call ends with its window, and whoever asks for it then closes it.
 */
import { createCensusStore } from '../../shared/aws/census-store.ts';
import { claimsFromEnv } from '../../shared/aws/claims.ts';
import { dynamodb } from '../../shared/aws/clients/dynamodb.ts';
import { sns } from '../../shared/aws/clients/sns.ts';
import { createRollCallStore } from '../../shared/aws/roll-call-store.ts';
import { createRollCallsTopic } from '../../shared/aws/roll-calls-topic.ts';
import { systemClock, systemIds } from '../../shared/aws/system.ts';
import { observed, telemetry } from '../../shared/aws/telemetry.ts';
import { requiredCount, requiredEnv } from '../../shared/env.ts';
import { createApp } from '../../shared/http/app.ts';
import { apiAuth } from '../../shared/http/owner.ts';
import { serve } from '../../shared/http/serve.ts';
import type { RollCalling } from '../../shared/roll-call/context.ts';
import { rollCallOperations } from './operations.ts';

export const createHandler = () => {
  const table = { client: dynamodb, tableName: requiredEnv('GATHERINGS_TABLE_NAME') };
  const calling: RollCalling = {
    store: createRollCallStore(table, claimsFromEnv()),
    census: createCensusStore(table),
    topic: createRollCallsTopic(sns, requiredEnv('ROLL_CALLS_TOPIC_ARN')),
    replyTo: requiredEnv('ANSWERS_QUEUE_URL'),
    retentionMs: requiredCount('RETENTION_HOURS') * 3_600_000,
    ...{ clock: systemClock, ids: systemIds, telemetry },
  };
  const auth = apiAuth(requiredEnv('API_AUTH'));
  return observed(serve(createApp({ auth, telemetry, operations: rollCallOperations(calling) })));
};
