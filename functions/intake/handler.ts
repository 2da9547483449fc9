/**
 * The intake's function. Trigger: calls of the API by leaves that are not of this stack, who bring a request's token. A
 * repeat is harmless: results are counted once.
 */
import { dynamodb } from '../../shared/aws/clients/dynamodb.ts';
import { sqs } from '../../shared/aws/clients/sqs.ts';
import { createResultsSender } from '../../shared/aws/queues.ts';
import { createFactsReader } from '../../shared/aws/request-facts.ts';
import { systemClock } from '../../shared/aws/system.ts';
import { observed, telemetry } from '../../shared/aws/telemetry.ts';
import { requiredEnv } from '../../shared/env.ts';
import { createApp } from '../../shared/http/app.ts';
import { serve } from '../../shared/http/serve.ts';
import { intakeOperations } from './operations.ts';

export const createHandler = () => {
  const operations = intakeOperations({
    facts: createFactsReader({ client: dynamodb, tableName: requiredEnv('GATHERINGS_TABLE_NAME') }),
    results: createResultsSender(sqs),
    replyTo: { small: requiredEnv('RESULTS_QUEUE_URL'), bulk: requiredEnv('BULK_RESULTS_QUEUE_URL') },
    clock: systemClock,
  });
  return observed(serve(createApp({ auth: 'none', telemetry, operations })));
};
