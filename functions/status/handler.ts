/**
 * The status function. Trigger: the HTTP API's routes but for submissions, and its catch-all route, so that 404 and 405
 * are answers of ours. A repeated call is harmless: reading settles only what time has decided, and a request closes once.
 */
import { gatheringFromEnv } from '../../shared/aws/gathering.ts';
import { publisherFromEnv } from '../../shared/aws/publisher.ts';
import { observed } from '../../shared/aws/telemetry.ts';
import type { Job } from '../../shared/core/job.ts';
import { requiredEnv } from '../../shared/env.ts';
import type { Hedging } from '../../shared/gathering/hedge.ts';
import { createApp } from '../../shared/http/app.ts';
import { apiAuth } from '../../shared/http/owner.ts';
import { serve } from '../../shared/http/serve.ts';
import { statusOperations } from './operations.ts';

export const createHandler = (jobs: readonly Job[]) => {
  const own = gatheringFromEnv(jobs);
  const gathering: Hedging = {
    ...own,
    publisher: publisherFromEnv(own),
    replyTo: requiredEnv('RESULTS_QUEUE_URL'),
  };
  const auth = apiAuth(requiredEnv('API_AUTH'));
  const operations = statusOperations(gathering, auth);
  return observed(serve(createApp({ auth, telemetry: gathering.telemetry, operations })), gathering.history.flush);
};
