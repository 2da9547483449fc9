/** A status function over a table in memory, and the requests it is asked about, made as the other functions make them. */
import { type Aggregating, aggregate } from '../../functions/aggregator/aggregate.ts';
import { statusOperations } from '../../functions/status/operations.ts';
import { policyOf, resolved } from '../../shared/core/completion.ts';
import type { TaskResult } from '../../shared/core/envelope.ts';
import { type Head, hasOneShard, shardAddresses } from '../../shared/core/gathering.ts';
import { defineJob, type Job } from '../../shared/core/job.ts';
import { createOwnChunks } from '../../shared/core/own-chunks.ts';
import type { NestedSubmission, ScatterRange, ShardLook } from '../../shared/core/ports/work.ts';
import { type Gathering, jobsByName } from '../../shared/gathering/context.ts';
import type { Hedging } from '../../shared/gathering/hedge.ts';
import { oneAtATime } from '../../shared/gathering/one-at-a-time.ts';
import { type App, createApp } from '../../shared/http/app.ts';
import { createMemoryClaims } from '../../simulation/ports/memory-claims.ts';
import { createMemoryLedger } from '../../simulation/ports/memory-ledger.ts';
import { createMemoryStore, type MemoryStore } from '../../simulation/ports/memory-store.ts';
import { aHeader } from './builders.ts';
import {
  aHistory,
  type CapturedQueue,
  capturedNotices,
  capturedPublisher,
  capturedQueue,
  capturedTelemetry,
  countingIds,
  type FakeClock,
  fakeClock,
  forgetful,
} from './fakes.ts';
import { closersTake, registered } from './workshop.ts';

/** Tasks are labelled `task 0`, `task 1`, …; values are numbers, and add up. */
export const sumJob = defineJob({
  name: 'sum',
  input: { safeParse: (data) => ({ success: true as const, data: data as { tasks: number } }) },
  leaves: { leaf: {} },
  *split({ tasks }) {
    for (let index = 0; index < tasks; index++) yield { label: `task ${index}`, payload: index };
  },
  fold: {
    empty: () => 0,
    add: (sum, { value }: { value: number }) => sum + value,
    merge: (left, right) => left + right,
    finish: (sum) => ({ sum }),
  },
}) as Job;

export const DEADLINE_AT = 1_020_000;

export interface StatusWorld {
  readonly gathering: Hedging & { readonly store: MemoryStore };
  readonly clock: FakeClock;
  /** Shards of larger requests that wait for a closer. */
  readonly shards: CapturedQueue<ShardLook>;
  /** Calls the API as `owner`; the answer's body is parsed. */
  call(path: string, options?: { owner?: string; method?: string; headers?: Record<string, string> }): Promise<Called>;
  /** Registers a request of `owner` that is scattered. */
  accept(
    requestId: string,
    tasks: { expected: number; shardSize: number; graceMs?: number },
    owner?: string,
  ): Promise<Head>;
  /** Takes results in, and has closers do what follows. */
  report(head: Head, results: readonly TaskResult[]): Promise<void>;
  /** Has closers take what waits for them; they also do whenever somebody sleeps. */
  work(): Promise<void>;
}

export interface Called {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export function createStatusWorld(job: Job = sumJob): StatusWorld {
  const clock = fakeClock(1_000_000);
  const store = createMemoryStore();
  const owners = createMemoryLedger();
  const telemetry = capturedTelemetry();
  const shards = capturedQueue<ShardLook>();
  const gathering = {
    ...{ jobs: jobsByName([job]), store, owners, claims: createMemoryClaims(clock), shards },
    ...{ notices: capturedNotices(), inTurn: oneAtATime(), ownChunks: createOwnChunks(0) },
    ...{ clock, ids: countingIds(), telemetry, history: aHistory(clock) },
    ...{ publisher: capturedPublisher(), replyTo: 'results' },
  };
  const work = () => closersTake(gathering, shards);
  const { sleep } = clock;
  clock.sleep = async (ms) => {
    await work();
    await sleep(ms);
  };
  const app = createApp({ auth: 'iam', telemetry, operations: statusOperations(gathering, 'iam') });
  return {
    gathering,
    clock,
    shards,
    work,
    call: (path, options) => callAs(app, path, options),
    accept: (requestId, tasks, owner = 'ann') => accept(gathering, job, requestId, { ...tasks, owner }),
    async report(head, results) {
      await aggregate(aggregatingOf(gathering), [{ ...headerFor(head), results }]);
      await work();
    },
  };
}

async function callAs(
  app: App,
  path: string,
  { owner = 'ann', method = 'GET', headers = {} }: Parameters<StatusWorld['call']>[1] = {},
): Promise<Called> {
  const requestContext = { authorizer: { iam: { userId: owner } } };
  const response = await app.request(`https://api.test${path}`, { method, headers }, { requestContext });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

async function accept(
  { store, clock }: Gathering,
  job: Job,
  requestId: string,
  changes: { expected: number; shardSize: number; owner: string; graceMs?: number },
): Promise<Head> {
  const now = clock.now();
  const head = await registered(store, {
    ...{ requestId, job: job.name, ...changes, acceptedAt: now, scatteredAt: now, deadlineAt: DEADLINE_AT },
    policy: resolved(policyOf(job.completion), changes.expected),
    ttlEpochSeconds: 90_000,
  });
  await store.putInput(requestId, { tasks: changes.expected }, head.ttlEpochSeconds);
  const shards = hasOneShard(head) ? [] : shardAddresses(head);
  for (const shard of shards.keys()) await store.tellScattered(requestId, shard);
  return head;
}

/** An aggregator that publishes nothing to anybody. */
const aggregatingOf = (gathering: Gathering): Aggregating => ({
  ...gathering,
  ...{ publisher: capturedPublisher(), nested: capturedQueue<NestedSubmission>() },
  ...{ ranges: capturedQueue<ScatterRange>(), shardsInFlight: 100 },
  ...{ replyTo: { small: 'results', bulk: 'bulk-results' }, retentionMs: 60_000 },
  taken: forgetful,
});

function headerFor({ requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt, resultsToken }: Head) {
  const expiresAt = deadlineAt + 2_000;
  return aHeader({
    ...{ requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt, expiresAt, resultsToken },
  });
}

export const succeeded = (taskIndex: number, value: unknown = 1): TaskResult => ({
  ...{ taskIndex, attempt: 1, label: `task ${taskIndex}` },
  value,
});

export const failed = (taskIndex: number): TaskResult => ({
  ...{ taskIndex, attempt: 2, label: `task ${taskIndex}` },
  error: { cause: 'leaf-error', message: `no ${taskIndex}`, retryable: false },
});
