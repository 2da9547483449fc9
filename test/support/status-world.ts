/** A status function over a table in memory, and the requests it is asked about, made as the other functions make them. */
import { statusOperations } from '../../functions/status/operations.ts';
import { all } from '../../shared/core/completion.ts';
import type { TaskResult } from '../../shared/core/envelope.ts';
import {
  emptyTally,
  type Head,
  hasOneShard,
  rangeOf,
  shardAddress,
  shardAddresses,
  shardOf,
} from '../../shared/core/gathering.ts';
import { defineJob, type Job } from '../../shared/core/job.ts';
import { type Gathering, jobsByName } from '../../shared/gathering/context.ts';
import { lookAtRequest, lookAtShard } from '../../shared/gathering/look.ts';
import { type App, createApp } from '../../shared/http/app.ts';
import { capturedTelemetry, countingIds, type FakeClock, fakeClock } from './fakes.ts';
import { createMemoryLedger } from './memory-ledger.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';

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
  readonly gathering: Gathering & { readonly store: MemoryStore };
  readonly clock: FakeClock;
  /** Calls the API as `owner`; the answer's body is parsed. */
  call(path: string, options?: { owner?: string; method?: string; headers?: Record<string, string> }): Promise<Called>;
  /** Registers a request of `owner` that is scattered. */
  accept(requestId: string, tasks: { expected: number; shardSize: number }, owner?: string): Promise<Head>;
  /** Takes results in as an aggregator would. */
  report(head: Head, results: readonly TaskResult[]): Promise<void>;
}

export interface Called {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export function createStatusWorld(): StatusWorld {
  const clock = fakeClock(1_000_000);
  const store = createMemoryStore();
  const owners = createMemoryLedger();
  const telemetry = capturedTelemetry();
  const gathering = { jobs: jobsByName([sumJob]), store, owners, clock, ids: countingIds(), telemetry };
  const app = createApp({ auth: 'iam', telemetry, operations: statusOperations(gathering, 'iam') });
  return {
    gathering,
    clock,
    call: (path, options) => callAs(app, path, options),
    accept: (requestId, tasks, owner = 'ann') => accept(gathering, requestId, tasks, owner),
    report: (head, results) => report(gathering, head, results),
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
  requestId: string,
  tasks: { expected: number; shardSize: number },
  owner: string,
): Promise<Head> {
  const head: Head = {
    ...{ requestId, owner, job: 'sum', jobVersion: 1, resultsToken: 'token', policy: all(), state: 'open', version: 0 },
    ...{
      ...tasks,
      acceptedAt: clock.now(),
      deadlineAt: DEADLINE_AT,
      ttlEpochSeconds: 90_000,
      scatteredAt: clock.now(),
    },
    ...emptyTally(all(), tasks.expected),
  };
  await store.putInput(requestId, { tasks: tasks.expected }, head.ttlEpochSeconds);
  for (const address of hasOneShard(head) ? [] : shardAddresses(head))
    await store.registerShard({
      ...{ address, resultsToken: head.resultsToken, ttlEpochSeconds: head.ttlEpochSeconds },
      ...emptyTally(all(), rangeOf(head, address).size),
    });
  await store.registerHead(head);
  return head;
}

async function report(gathering: Gathering, head: Head, results: readonly TaskResult[]): Promise<void> {
  const byShard = Object.groupBy(results, ({ taskIndex }) => shardOf(taskIndex, head.shardSize));
  for (const [shard, ofShard = []] of Object.entries(byShard)) {
    const address = shardAddress(head, Number(shard));
    await gathering.store.putChunk(
      address,
      head.resultsToken,
      { chunkId: gathering.ids.chunkId(), results: ofShard },
      head.ttlEpochSeconds,
    );
    const failed = ofShard.filter((result) => 'error' in result).length;
    const marked = await gathering.store.mark(address, head.resultsToken, { arrived: ofShard.length, failed });
    if (marked === 'refused') continue;
    if (marked.head) await lookAtRequest(gathering, marked.head);
    else await lookAtShard(gathering, head, address, marked.tally);
  }
}

export const succeeded = (taskIndex: number, value: unknown = 1): TaskResult => ({
  ...{ taskIndex, attempt: 1, label: `task ${taskIndex}` },
  value,
});

export const failed = (taskIndex: number): TaskResult => ({
  ...{ taskIndex, attempt: 2, label: `task ${taskIndex}` },
  error: { cause: 'leaf-error', message: `no ${taskIndex}`, retryable: false },
});
