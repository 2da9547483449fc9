/**
 * The notifier's function. Trigger: the notices queue, where closed requests wait whose completion somebody wants to hear
 * of. A repeated call is harmless: see `notify`.
 */
import type { SQSEvent } from 'aws-lambda';
import { claimsFromEnv } from '../../shared/aws/claims.ts';
import { dynamodb } from '../../shared/aws/clients/dynamodb.ts';
import { sns } from '../../shared/aws/clients/sns.ts';
import { sqs } from '../../shared/aws/clients/sqs.ts';
import { createCompletionsTopic } from '../../shared/aws/completions-topic.ts';
import { createGatheringStore } from '../../shared/aws/gathering-store/store.ts';
import { createEndingQueue, createNoticeQueue, createResultsSender } from '../../shared/aws/queues.ts';
import { takeEach } from '../../shared/aws/records.ts';
import { systemClock } from '../../shared/aws/system.ts';
import { observed, telemetry } from '../../shared/aws/telemetry.ts';
import { requiredEnv } from '../../shared/env.ts';
import { createCallbackSender } from '../../shared/http/callback-sender.ts';
import { type Notifying, notify, readDue } from './notify.ts';

export const createHandler = () => {
  const table = { client: dynamodb, tableName: requiredEnv('GATHERINGS_TABLE_NAME') };
  const claims = claimsFromEnv();
  const notifying: Notifying = {
    ...{ store: createGatheringStore(table, claims), claims, results: createResultsSender(sqs) },
    home: { small: requiredEnv('RESULTS_QUEUE_URL'), bulk: requiredEnv('BULK_RESULTS_QUEUE_URL') },
    notices: createNoticeQueue(sqs, requiredEnv('NOTICES_QUEUE_URL')),
    endings: createEndingQueue(sqs, requiredEnv('SCATTER_QUEUE_URL'), systemClock),
    callbacks: createCallbackSender(),
    topic: createCompletionsTopic(sns, requiredEnv('COMPLETIONS_TOPIC_ARN')),
    clock: systemClock,
    telemetry,
  };
  return observed((event: SQSEvent) => takeEach(event, telemetry, async (body) => notify(notifying, readDue(body))));
};
