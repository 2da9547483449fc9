/** A placeholder, to be replaced: every message fails, and so comes again. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Job } from '../../shared/core/job.ts';

export const createHandler =
  (_jobs: readonly Job[]) =>
  async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => ({
    batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })),
  });
