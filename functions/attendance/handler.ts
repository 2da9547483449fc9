/**
 * Attendance's function. Trigger: the answers queue. A repeated call is harmless: an answer twice is one answer. Its role may
 * touch roll-calls and nothing else of the table.
 */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dynamodb } from '../../shared/aws/clients/dynamodb.ts';
import { createAnswerStore } from '../../shared/aws/roll-call-store.ts';
import { systemClock, systemIds } from '../../shared/aws/system.ts';
import { observed, telemetry } from '../../shared/aws/telemetry.ts';
import { requiredEnv } from '../../shared/env.ts';
import { type Attending, attend } from './attend.ts';

export const createHandler = () => {
  const table = { client: dynamodb, tableName: requiredEnv('GATHERINGS_TABLE_NAME') };
  const attending: Attending = {
    store: createAnswerStore(table),
    ...{ clock: systemClock, ids: systemIds, telemetry },
  };
  return observed(async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const failed = await attend(attending, event.Records);
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
};
