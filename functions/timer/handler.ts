/**
 * The timer's function. Trigger: the timers queue, each message delayed until it is time for what it is for. A late or
 * repeated call is harmless: see the verb of its purpose.
 */
import type { SQSEvent } from 'aws-lambda';
import { sqs } from '../../shared/aws/clients/sqs.ts';
import { gatheringFromEnv } from '../../shared/aws/gathering.ts';
import { createTimerQueue } from '../../shared/aws/queues.ts';
import { takeEach } from '../../shared/aws/records.ts';
import { observed } from '../../shared/aws/telemetry.ts';
import type { Job } from '../../shared/core/job.ts';
import { parseTimer } from '../../shared/core/timer.ts';
import { requiredEnv } from '../../shared/env.ts';
import { type Expiring, expire } from './expire.ts';

export const createHandler = (jobs: readonly Job[]) => {
  const expiring: Expiring = {
    ...gatheringFromEnv(jobs),
    timers: createTimerQueue(sqs, requiredEnv('TIMERS_QUEUE_URL')),
  };
  return observed((event: SQSEvent) =>
    takeEach(event, expiring.telemetry, async (body) => expire(expiring, parseTimer(JSON.parse(body)))),
  );
};
