/** Everything that the steps of a gathering work with, in memory; a test takes the step it is about, and no other. */
import type { Aggregating } from '../../functions/aggregator/aggregate.ts';
import { closeShard } from '../../functions/closer/close-shard.ts';
import { all } from '../../shared/core/completion.ts';
import { emptyTally, type Head, hasOneShard, rangeOf, shardAddresses } from '../../shared/core/gathering.ts';
import type { Job } from '../../shared/core/job.ts';
import { createOwnChunks } from '../../shared/core/own-chunks.ts';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import type { NestedEnding, NestedSubmission, ScatterRange, ShardLook } from '../../shared/core/ports/work.ts';
import { type Gathering, jobsByName } from '../../shared/gathering/context.ts';
import { oneAtATime } from '../../shared/gathering/one-at-a-time.ts';
import { createMemoryClaims } from '../../simulation/ports/memory-claims.ts';
import { createMemoryLedger } from '../../simulation/ports/memory-ledger.ts';
import { createMemoryStore, type MemoryStore } from '../../simulation/ports/memory-store.ts';
import { aHead } from './builders.ts';
import {
  aHistory,
  type CapturedNotices,
  type CapturedPublisher,
  type CapturedQueue,
  type CapturedTelemetry,
  capturedNotices,
  capturedPublisher,
  capturedQueue,
  capturedTelemetry,
  countingIds,
  type FakeClock,
  fakeClock,
  forgetful,
} from './fakes.ts';
import { aJob } from './jobs.ts';

export interface Workshop extends Aggregating {
  readonly store: MemoryStore;
  readonly clock: FakeClock;
  readonly shards: CapturedQueue<ShardLook>;
  readonly ranges: CapturedQueue<ScatterRange>;
  readonly nested: CapturedQueue<NestedSubmission>;
  readonly endings: CapturedQueue<NestedEnding>;
  readonly publisher: CapturedPublisher;
  readonly notices: CapturedNotices;
  readonly telemetry: CapturedTelemetry;
}

export function aWorkshop(job: Job = aJob({}), now = 1_000): Workshop {
  const clock = fakeClock(now);
  return {
    ...{ jobs: jobsByName([job]), store: createMemoryStore(), owners: createMemoryLedger(), clock },
    ...{ claims: createMemoryClaims(clock), history: aHistory(clock) },
    ...{ ids: countingIds(), telemetry: capturedTelemetry(), publisher: capturedPublisher() },
    ...{ shards: capturedQueue<ShardLook>(), ranges: capturedQueue<ScatterRange>(), shardsInFlight: 2 },
    ...{
      nested: capturedQueue<NestedSubmission>(),
      endings: capturedQueue<NestedEnding>(),
      notices: capturedNotices(),
    },
    ...{ inTurn: oneAtATime(), ownChunks: createOwnChunks(0) },
    ...{ replyTo: { small: 'results', bulk: 'bulk-results' }, retentionMs: 1_000 },
    taken: forgetful,
  };
}

/** Registers a request, and its shards if it has several; an empty one unless `changes` say otherwise. */
export async function registered(store: GatheringStore, changes: Parameters<typeof aHead>[0] = {}): Promise<Head> {
  const head = aHead({ ...emptyTally(changes.policy ?? all(), changes.expected ?? 3), ...changes });
  const { resultsToken, ttlEpochSeconds } = head;
  const tallied = (hasOneShard(head) ? [] : shardAddresses(head)).map((address) => ({
    ...emptyTally(all(), rangeOf(head, address).size),
    ...{ address, resultsToken, ttlEpochSeconds },
  }));
  await store.registerShards(tallied);
  await store.registerHead(head);
  return head;
}

/** Has closers take everything that waits for them, one after another. */
export async function closersTake(gathering: Gathering, shards: CapturedQueue<ShardLook>): Promise<void> {
  for (let looks = shards.take(); looks.length > 0; looks = shards.take())
    for (const look of looks) await closeShard(gathering, look);
}
