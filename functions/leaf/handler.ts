/**
 * A leaf's function. Trigger: the tasks topic, directly (one message), or a queue of its own (a batch). A late call is
 * harmless: what is past its deadline is dropped, and a task answered twice is counted once.
 */
import type { Context, SNSEvent, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { claimsFromEnv } from '../../shared/aws/claims.ts';
import { sqs } from '../../shared/aws/clients/sqs.ts';
import { createResultsSender } from '../../shared/aws/queues.ts';
import { systemClock, systemTimers } from '../../shared/aws/system.ts';
import { observed, telemetry } from '../../shared/aws/telemetry.ts';
import type { Leaf } from '../../shared/core/job.ts';
import type { RequestStates } from '../../shared/core/ports/request-facts.ts';
import { jobSettings, requiredCount } from '../../shared/env.ts';
import { type Answering, answer } from './answer.ts';
import { createAnswered } from './answered.ts';
import { delivered, isDirect } from './deliveries.ts';

/** Time kept before the function's own timeout for sending what is known, in ms; at most a quarter of what is left. */
const FLUSH_MARGIN_MS = 750;

/** `states` for a leaf that checks its requests. */
export const createHandler = (leaf: Leaf<unknown, unknown>, states?: RequestStates) => {
  const settings = jobSettings();
  const answering: Answering = {
    ...{ leaf, results: createResultsSender(sqs), claims: claimsFromEnv(), clock: systemClock, telemetry },
    ...{ timers: systemTimers, ...(states ? { states } : {}), ...(settings ? { settings } : {}) },
    ...{ retentionMs: requiredCount('RETENTION_HOURS') * 3_600_000, answered: createAnswered() },
  };
  return observed(async (event: SNSEvent | SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const remaining = context.getRemainingTimeInMillis();
    const stopAt = systemClock.now() + remaining - Math.min(FLUSH_MARGIN_MS, remaining / 4);
    const deliveries = event.Records.map((record) => delivered(record, telemetry));
    const envelopes = deliveries.flatMap(({ envelope }) => envelope ?? []);
    const unsent = new Set(await answer(answering, envelopes, stopAt));
    const failed = deliveries.filter(({ envelope }) => !envelope || unsent.has(envelope));
    if (failed.length > 0 && event.Records.some(isDirect)) throw new Error('a message could not be answered');
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
};
