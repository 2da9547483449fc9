/**
 * The timer's function. Trigger: the timers queue, each message delayed until it is time for what it is for. A late or
 * repeated call is harmless: see the verb of its purpose.
 */
import type { SQSEvent } from 'aws-lambda';
import { sqs } from '../../shared/aws/clients/sqs.ts';
import { gatheringFromEnv } from '../../shared/aws/gathering.ts';
import { publisherFromEnv } from '../../shared/aws/publisher.ts';
import { timersFromEnv } from '../../shared/aws/queues.ts';
import { takeEach } from '../../shared/aws/records.ts';
import { observed } from '../../shared/aws/telemetry.ts';
import type { Job } from '../../shared/core/job.ts';
import { parseTimer } from '../../shared/core/timer.ts';
import { requiredEnv } from '../../shared/env.ts';
import { type Timing, takeTimer } from './take-timer.ts';

export const createHandler = (jobs: readonly Job[]) => {
  const gathering = gatheringFromEnv(jobs);
  const timing: Timing = {
    ...gathering,
    timers: timersFromEnv(sqs),
    publisher: publisherFromEnv(gathering),
    replyTo: requiredEnv('RESULTS_QUEUE_URL'),
  };
  const take = (event: SQSEvent) =>
    takeEach(event, timing.telemetry, async (body) => takeTimer(timing, parseTimer(JSON.parse(body))));
  return observed(take, timing.history.flush);
};
