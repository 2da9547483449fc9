/**
 * The scatterer's function. Trigger: the scatter queue, one range of tasks a message. A late or repeated call is
 * harmless: see `scatterRange`.
 */
import type { Context, SQSEvent } from 'aws-lambda';
import { sns } from '../../shared/aws/clients/sns.ts';
import { gatheringFromEnv } from '../../shared/aws/gathering.ts';
import { takeEach } from '../../shared/aws/records.ts';
import { createTaskPublisher } from '../../shared/aws/task-publisher.ts';
import { observed } from '../../shared/aws/telemetry.ts';
import type { Job } from '../../shared/core/job.ts';
import type { ScatterRange } from '../../shared/core/ports.ts';
import { requiredEnv } from '../../shared/env.ts';
import { type Scattering, scatterRange } from './scatter-range.ts';

export const createHandler = (jobs: readonly Job[]) => {
  const gathering = gatheringFromEnv(jobs);
  const scattering: Omit<Scattering, 'leaseMs'> = {
    ...gathering,
    publisher: createTaskPublisher(sns, requiredEnv('TASKS_TOPIC_ARN'), gathering.clock),
    replyTo: requiredEnv('BULK_RESULTS_QUEUE_URL'),
  };
  return observed((event: SQSEvent, context: Context) => {
    // As long as this invocation can work on it; its message stays hidden longer.
    const leaseMs = context.getRemainingTimeInMillis();
    return takeEach(event, scattering.telemetry, async (body) => {
      const outcome = await scatterRange({ ...scattering, leaseMs }, JSON.parse(body) as ScatterRange);
      // Whoever has it may die with it: the message stays until the range is known to be published.
      if (outcome === 'taken') throw new Error('the range is being published by another invocation');
    });
  });
};
