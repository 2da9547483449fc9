/** A function's gathering: the ports on AWS, wired from its environment. */
import type { Job } from '../core/job.ts';
import { createOwnChunks } from '../core/own-chunks.ts';
import { requiredEnv } from '../env.ts';
import { type Gathering, jobsByName } from '../gathering/context.ts';
import { createHistory } from '../gathering/history.ts';
import { oneAtATime } from '../gathering/one-at-a-time.ts';
import { claimsFromEnv } from './claims.ts';
import { dynamodb } from './clients/dynamodb.ts';
import { sqs } from './clients/sqs.ts';
import { createGatheringStore } from './gathering-store/store.ts';
import { createHistoryStore } from './history-store.ts';
import { createOwnerLedger } from './owner-ledger.ts';
import { createNoticeQueue, createShardQueue } from './queues.ts';
import { systemClock, systemIds } from './system.ts';
import { telemetry } from './telemetry.ts';

export function gatheringFromEnv(jobs: readonly Job[]): Gathering {
  const table = { client: dynamodb, tableName: requiredEnv('GATHERINGS_TABLE_NAME') };
  const claims = claimsFromEnv();
  return {
    jobs: jobsByName(jobs),
    store: createGatheringStore(table, claims),
    claims,
    owners: createOwnerLedger(table),
    shards: createShardQueue(sqs, requiredEnv('SHARDS_QUEUE_URL'), systemClock),
    history: createHistory({ store: createHistoryStore(table), clock: systemClock, telemetry }),
    notices: createNoticeQueue(sqs, requiredEnv('NOTICES_QUEUE_URL')),
    clock: systemClock,
    ids: systemIds,
    telemetry,
    ownChunks: createOwnChunks(),
    inTurn: oneAtATime(),
  };
}
