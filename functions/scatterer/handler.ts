/**
 * The scatterer's function. Trigger: the scatter queue, a range of tasks, a nested request, or a request whose nested ones
 * are to end, a message. A late or repeated call is harmless: see `scatterRange`, `nest` and `endNested`.
 */
import type { Context, SQSEvent } from 'aws-lambda';
import { sqs } from '../../shared/aws/clients/sqs.ts';
import { gatheringFromEnv } from '../../shared/aws/gathering.ts';
import { publisherFromEnv } from '../../shared/aws/publisher.ts';
import { createEndingQueue, createRangeQueue, createResultsSender, timersFromEnv } from '../../shared/aws/queues.ts';
import { takeEach } from '../../shared/aws/records.ts';
import { observed } from '../../shared/aws/telemetry.ts';
import type { Job } from '../../shared/core/job.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { parseScatterWork } from '../../shared/core/parse-work.ts';
import { requiredCount, requiredEnv } from '../../shared/env.ts';
import { type Ending, endNested } from './end-nested.ts';
import { type Nesting, nest } from './nest.ts';
import { type Scattering, scatterRange } from './scatter-range.ts';

export const createHandler = (jobs: readonly Job[]) => {
  const gathering = gatheringFromEnv(jobs);
  const home = { small: requiredEnv('RESULTS_QUEUE_URL'), bulk: requiredEnv('BULK_RESULTS_QUEUE_URL') };
  const publisher = publisherFromEnv(gathering);
  const scattering: Omit<Scattering, 'leaseMs'> = { ...gathering, publisher, replyTo: home.bulk };
  const nesting: Nesting = {
    ...{ ...gathering, publisher, home, replyTo: home.small, results: createResultsSender(sqs) },
    ranges: createRangeQueue(sqs, requiredEnv('SCATTER_QUEUE_URL'), gathering.clock),
    timers: timersFromEnv(sqs),
    retentionMs: requiredCount('RETENTION_HOURS') * 3_600_000,
    ...{ tasksPerShard: LIMITS.tasksPerShard, shardsInFlight: LIMITS.shardsInFlight },
  };
  const endings = createEndingQueue(sqs, requiredEnv('SCATTER_QUEUE_URL'), gathering.clock);
  const ending: Ending = { ...gathering, endings };
  return observed((event: SQSEvent, context: Context) => {
    // As long as this invocation can work on it; its message stays hidden longer.
    const leaseMs = context.getRemainingTimeInMillis();
    return takeEach(event, scattering.telemetry, async (body) => {
      const message = parseScatterWork(JSON.parse(body));
      if ('kind' in message) return message.kind === 'nested' ? nest(nesting, message) : endNested(ending, message);
      const outcome = await scatterRange({ ...scattering, leaseMs }, message);
      // Whoever has it may die with it: the message stays until the range is known to be published.
      if (outcome === 'taken') throw new Error('the range is being published by another invocation');
      return outcome;
    });
  }, gathering.history.flush);
};
