/**
 * The intake's function. Trigger: calls of the API by leaves and instances that are not of this stack, who bring the token of a
 * request or a roll-call. A repeat is harmless: results and answers are counted once.
 */
import { dynamodb } from '../../shared/aws/clients/dynamodb.ts';
import { sqs } from '../../shared/aws/clients/sqs.ts';
import { createAnswersSender, createResultsSender } from '../../shared/aws/queues.ts';
import { createFactsReader } from '../../shared/aws/request-facts.ts';
import { createRollCallFacts } from '../../shared/aws/roll-call-facts.ts';
import { systemClock } from '../../shared/aws/system.ts';
import { observed, telemetry } from '../../shared/aws/telemetry.ts';
import { requiredEnv } from '../../shared/env.ts';
import { createApp } from '../../shared/http/app.ts';
import { serve } from '../../shared/http/serve.ts';
import { intakeOperations, rollCallAnswers } from './operations.ts';

export const createHandler = () => {
  const table = { client: dynamodb, tableName: requiredEnv('GATHERINGS_TABLE_NAME') };
  const sendAnswer = rollCallAnswers({
    rollCalls: createRollCallFacts(table),
    answers: createAnswersSender(sqs, requiredEnv('ANSWERS_QUEUE_URL')),
    clock: systemClock,
  });
  const operations = intakeOperations({
    facts: createFactsReader(table),
    results: createResultsSender(sqs),
    replyTo: { small: requiredEnv('RESULTS_QUEUE_URL'), bulk: requiredEnv('BULK_RESULTS_QUEUE_URL') },
    clock: systemClock,
  });
  return observed(serve(createApp({ auth: 'none', telemetry, operations: { ...operations, sendAnswer } })));
};
