/**
 * The scatterer's function. Trigger: the scatter queue, one range of tasks a message. A late or repeated call is
 * harmless: see `scatterRange`.
 */
import type { SQSEvent } from 'aws-lambda';
import { sns } from '../../shared/aws/clients/sns.ts';
import { gatheringFromEnv } from '../../shared/aws/gathering.ts';
import { takeEach } from '../../shared/aws/records.ts';
import { createTaskPublisher } from '../../shared/aws/task-publisher.ts';
import { observed } from '../../shared/aws/telemetry.ts';
import type { Job } from '../../shared/core/job.ts';
import type { ScatterRange } from '../../shared/core/ports.ts';
import { requiredEnv } from '../../shared/env.ts';
import { type Scattering, scatterRange } from './scatter-range.ts';

/** Twice the function's timeout, and a third of the time for which the message stays hidden. */
const LEASE_MS = 60_000;

export const createHandler = (jobs: readonly Job[]) => {
  const gathering = gatheringFromEnv(jobs);
  const scattering: Scattering = {
    ...gathering,
    publisher: createTaskPublisher(sns, requiredEnv('TASKS_TOPIC_ARN'), gathering.clock),
    replyTo: requiredEnv('BULK_RESULTS_QUEUE_URL'),
    leaseMs: LEASE_MS,
  };
  return observed((event: SQSEvent) =>
    takeEach(event, scattering.telemetry, (body) => scatterRange(scattering, JSON.parse(body) as ScatterRange)),
  );
};
