/**
 * The distributor's function. Trigger: the API's `POST /v1/jobs/{job}`. It waits for the answer as long as the caller
 * prefers to; a call that ends early loses nothing, the request goes on under its id.
 */
import { sqs } from '../../shared/aws/clients/sqs.ts';
import { gatheringFromEnv } from '../../shared/aws/gathering.ts';
import { publisherFromEnv } from '../../shared/aws/publisher.ts';
import { createRangeQueue, timersFromEnv } from '../../shared/aws/queues.ts';
import { rollCallingFromEnv } from '../../shared/aws/roll-calling.ts';
import { observed } from '../../shared/aws/telemetry.ts';
import type { Job } from '../../shared/core/job.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { requiredCount, requiredEnv } from '../../shared/env.ts';
import { createApp } from '../../shared/http/app.ts';
import { apiAuth } from '../../shared/http/owner.ts';
import { serve } from '../../shared/http/serve.ts';
import { whoIsPresent } from '../../shared/roll-call/who-is-present.ts';
import type { Distributing } from './distribute.ts';
import { submit } from './submit.ts';

export const createHandler = (jobs: readonly Job[]) => {
  const gathering = gatheringFromEnv(jobs);
  const distributing: Distributing = {
    ...gathering,
    publisher: publisherFromEnv(gathering),
    whoIsPresent: whoIsPresent(rollCallingFromEnv(gathering.claims)),
    ranges: createRangeQueue(sqs, requiredEnv('SCATTER_QUEUE_URL'), gathering.clock),
    timers: timersFromEnv(sqs),
    replyTo: requiredEnv('RESULTS_QUEUE_URL'),
    ...{ ownerOpenRequests: requiredCount('OWNER_OPEN_REQUESTS'), reclaimedAt: new Map() },
    callbackHosts: requiredEnv('CALLBACK_HOSTS')
      .split(',')
      .filter((host) => host !== 'none'),
    retentionMs: requiredCount('RETENTION_HOURS') * 3_600_000,
    tasksPerShard: LIMITS.tasksPerShard,
    shardsInFlight: LIMITS.shardsInFlight,
  };
  const app = createApp({
    auth: apiAuth(requiredEnv('API_AUTH')),
    telemetry: gathering.telemetry,
    operations: { submitRequest: (call) => submit(distributing, call, process.env._X_AMZN_TRACE_ID) },
  });
  return observed(serve(app), gathering.history.flush);
};
