/** Builders of the core's records: a test states only what matters to it. */
import type { Answer, FoldedShard } from '../../shared/core/answer.ts';
import type { EnvelopeHeader, FailedResult, SucceededResult } from '../../shared/core/envelope.ts';
import type { Head, TaskRange } from '../../shared/core/gathering.ts';
import { type Chunk, choose, membershipOf } from '../../shared/core/membership.ts';

/** Changes to a record; a member that is `undefined` is left out. */
type Changes<Record> = { readonly [Member in keyof Record]?: Record[Member] | undefined };

const changed = <Value extends object>(value: Value, changes: Changes<Value>): Value =>
  Object.fromEntries(Object.entries({ ...value, ...changes }).filter(([, member]) => member !== undefined)) as Value;

/** An open request of three tasks that were all published. */
export const aHead = (changes: Changes<Head> = {}): Head =>
  changed<Head>(
    {
      ...{ requestId: 'request', owner: 'owner', job: 'job', jobVersion: 1, resultsToken: 'token' },
      ...{ expected: 3, shardSize: 3, policy: { kind: 'all' }, arrived: 0, failed: 0, lookAt: 3, failLookAt: 99 },
      ...{ acceptedAt: 1_000, scatteredAt: 1_100, deadlineAt: 21_000, ttlEpochSeconds: 2_000_000_000 },
      ...{ state: 'open', version: 0 },
    },
    changes,
  );

export const aSuccess = (taskIndex: number, changes: Partial<SucceededResult> = {}): SucceededResult => ({
  ...{ taskIndex, attempt: 1, value: taskIndex },
  ...changes,
});

export const aFailure = (taskIndex: number, changes: Partial<FailedResult> = {}): FailedResult => ({
  ...{ taskIndex, attempt: 1, error: { cause: 'leaf-error', message: 'no', retryable: false } },
  ...changes,
});

export const aChunk = (chunkId: string, ...results: Chunk['results']): Chunk => ({ chunkId, results });

/** A shard of which `succeeded` are in, and nothing failed. */
export const aFold = (range: TaskRange, succeeded: readonly number[], value: unknown): FoldedShard => ({
  range,
  membership: membershipOf(choose(range, [aChunk('chunk', ...succeeded.map((taskIndex) => aSuccess(taskIndex)))])),
  accumulated: { value },
  failures: [],
});

export const anAnswer = (changes: Partial<Answer>): Answer => ({
  ...{ version: 1, status: 'partial', completionReason: 'all-answered' },
  tasks: { expected: 3, succeeded: 2, failed: 1, missing: 0 },
  failed: [{ taskIndex: 2, label: 'two', cause: 'leaf-error', message: 'no' }],
  ...{ missing: [], aggregate: 'sum', closedAt: 1_700_000_000_123 },
  membership: aFold({ from: 0, size: 3 }, [0, 1], 0).membership,
  ...changes,
});

export const aHeader = (changes: Partial<EnvelopeHeader> = {}): EnvelopeHeader => ({
  ...{ v: 1, requestId: 'request', job: 'job', jobVersion: 1, leaf: 'leaf', expected: 3, shardSize: 3, hops: 0 },
  ...{ acceptedAt: 1_000, deadlineAt: 21_000, expiresAt: 23_000, resultsToken: 'token' },
  ...changes,
});
