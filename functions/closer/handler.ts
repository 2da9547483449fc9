/**
 * The closer's function. Trigger: the shards queue, one message at a time, so that an invocation holds one shard. A late
 * or repeated call is harmless: see `closeShard`.
 */
import type { SQSEvent } from 'aws-lambda';
import { gatheringFromEnv } from '../../shared/aws/gathering.ts';
import { takeEach } from '../../shared/aws/records.ts';
import { observed } from '../../shared/aws/telemetry.ts';
import type { Job } from '../../shared/core/job.ts';
import { parseShardLook } from '../../shared/core/parse-work.ts';
import { closeShard } from './close-shard.ts';

export const createHandler = (jobs: readonly Job[]) => {
  const gathering = gatheringFromEnv(jobs);
  const take = (event: SQSEvent) =>
    takeEach(event, gathering.telemetry, async (body) => closeShard(gathering, parseShardLook(JSON.parse(body))));
  return observed(take, gathering.history.flush);
};
