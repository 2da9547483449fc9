/**
 * The aggregator's function. Trigger: the results queue, the dead-letter queues of queue leaves, and what the topic
 * could not deliver. A late or repeated call is harmless: a mark is refused or a look repeated, never a count doubled.
 * A message that is no report is set apart, and stops nothing.
 */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { sqs } from '../../shared/aws/clients/sqs.ts';
import { gatheringFromEnv } from '../../shared/aws/gathering.ts';
import { publisherFromEnv } from '../../shared/aws/publisher.ts';
import { createDeadLetters, createNestedQueue, createRangeQueue } from '../../shared/aws/queues.ts';
import { observed } from '../../shared/aws/telemetry.ts';
import type { Job } from '../../shared/core/job.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { requiredCount, requiredEnv } from '../../shared/env.ts';
import type { Aggregating } from './aggregate.ts';
import { readBatch } from './batch.ts';
import { setApart } from './set-apart.ts';
import { takeReports } from './take-reports.ts';
import { createTaken } from './taken.ts';

export const createHandler = (jobs: readonly Job[]) => {
  const gathering = gatheringFromEnv(jobs);
  const aggregating: Aggregating = {
    ...gathering,
    publisher: publisherFromEnv(gathering),
    ranges: createRangeQueue(sqs, requiredEnv('SCATTER_QUEUE_URL'), gathering.clock),
    nested: createNestedQueue(sqs, requiredEnv('SCATTER_QUEUE_URL')),
    replyTo: { small: requiredEnv('RESULTS_QUEUE_URL'), bulk: requiredEnv('BULK_RESULTS_QUEUE_URL') },
    shardsInFlight: LIMITS.shardsInFlight,
    retentionMs: requiredCount('RETENTION_HOURS') * 3_600_000,
    taken: createTaken(),
  };
  const dead = createDeadLetters(sqs, requiredEnv('DEAD_RESULTS_QUEUE_URL'));
  return observed(async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const { requests, unreadable } = readBatch(event.Records);
    const failed: SQSRecord[] = [];
    await Promise.all([
      setApart({ telemetry: gathering.telemetry, dead }, unreadable).then((kept) => failed.push(...kept)),
      ...requests.map(async (group) => failed.push(...(await takeReports(aggregating, group)))),
    ]);
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  }, gathering.history.flush);
};
