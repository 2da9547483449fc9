/**
 * The aggregator takes reports of results: those that failed and may be tried again are sent again, all others are
 * marked, a whole batch per shard: put the chunk, then mark, then look if the mark says so. A mark that is refused is
 * not idle: whoever closes or folds may have died, so it carries that on.
 */
import { isFailure, type ResultsEnvelope, type TaskResult } from '../../shared/core/envelope.ts';
import {
  hasOneShard,
  shardAddress,
  shardOf,
  type TallyAddress,
  tooLarge,
  valueLimit,
} from '../../shared/core/gathering.ts';
import { wireBytes } from '../../shared/core/json.ts';
import { DEADLINE_MS, LIMITS } from '../../shared/core/limits.ts';
import type { Marked, TaskPublisher } from '../../shared/core/ports.ts';
import { ride } from '../../shared/core/split.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { carryOn, foldAndTell, lookAtRequest, lookAtShard } from '../../shared/gathering/look.ts';
import { retry } from './retry.ts';

export interface Aggregating extends Gathering {
  readonly publisher: TaskPublisher;
  readonly replyTo: string;
  /** How long chunks are kept after the deadline, in ms. */
  readonly retentionMs: number;
}

/** Takes in the reports of one request. Throws only on broken I/O: then all of them are to be delivered again. */
export async function aggregate(aggregating: Aggregating, reports: readonly ResultsEnvelope[]): Promise<void> {
  const { clock, telemetry } = aggregating;
  const live = reports.filter((report) => clock.now() < report.expiresAt);
  const late = reports.filter((report) => !live.includes(report)).flatMap((report) => report.results);
  if (late.length > 0) telemetry.count('ResultsLate', late.length);
  const final = await retry(aggregating, live);
  const [first] = live;
  if (!first) return;
  const shards = Map.groupBy(final, (result) => shardOf(result.taskIndex, first.shardSize));
  await Promise.all([...shards].map(([shard, results]) => takeIn(aggregating, first, shard, results)));
}

/** Marks one shard's results and does what follows. */
async function takeIn(
  aggregating: Aggregating,
  report: ResultsEnvelope,
  shard: number,
  sent: readonly TaskResult[],
): Promise<void> {
  const results = sent.map((result) => stored(result, valueLimit(report)));
  const { store, ids, clock } = aggregating;
  const address = shardAddress(report, shard);
  // As long as the request's head is; a deadline that no request can have is a forged one.
  const keptUntil = Math.min(report.deadlineAt, clock.now() + DEADLINE_MS.max) + aggregating.retentionMs;
  const chunks = ride(results, LIMITS.tasksPerRequest, LIMITS.chunkBytes);
  await Promise.all(
    chunks.map((riders) => {
      const chunk = { chunkId: ids.chunkId(), results: riders };
      return store.putChunk(address, report.resultsToken, chunk, Math.ceil(keptUntil / 1_000));
    }),
  );
  const marked = await store.mark(address, report.resultsToken, hintsOf(results));
  if (marked === 'refused') await takeRefusal(aggregating, report, address, results.length);
  else await look(aggregating, report, address, marked);
}

/** A result as it is kept: without the echoed payload, and within the limits whoever sent it. */
function stored(result: TaskResult, limit: number): TaskResult {
  const { taskIndex, attempt } = result;
  const label = result.label === undefined ? {} : { label: result.label.slice(0, LIMITS.labelLength) };
  if (isFailure(result)) {
    const message = result.error.message.slice(0, LIMITS.messageLength);
    return { taskIndex, attempt, ...label, error: { ...result.error, message } };
  }
  const bytes = wireBytes(result.value);
  if (bytes <= limit) return { taskIndex, attempt, ...label, value: result.value };
  const error = { cause: 'result-too-large', message: tooLarge(bytes, limit), retryable: false };
  return { taskIndex, attempt, ...label, error };
}

/** Distinct tasks, and those of them that failed: never fewer than are there. */
function hintsOf(results: readonly TaskResult[]): { arrived: number; failed: number } {
  const indexes = (some: readonly TaskResult[]): number => new Set(some.map((result) => result.taskIndex)).size;
  return { arrived: indexes(results), failed: indexes(results.filter(isFailure)) };
}

async function look(
  aggregating: Aggregating,
  report: ResultsEnvelope,
  address: TallyAddress,
  { tally, head }: Marked,
): Promise<void> {
  if (head) return lookAtRequest(aggregating, head);
  await lookAtShard(aggregating, report, address, tally);
}

/** Why a mark was refused, and what it asks of whoever was refused. */
async function takeRefusal(
  aggregating: Aggregating,
  report: ResultsEnvelope,
  address: TallyAddress,
  refused: number,
): Promise<void> {
  const { store, clock, telemetry } = aggregating;
  const head = await store.readHead(report.requestId, clock.now());
  if (!head || head.resultsToken !== report.resultsToken) {
    telemetry.count('ResultsRefused', refused);
    telemetry.warn('result refused: unknown request or token', { requestId: report.requestId });
    return;
  }
  telemetry.count('ResultsLate', refused);
  if (head.state === 'closing') await carryOn(aggregating, head);
  if (head.state === 'open' && !hasOneShard(head)) await foldAndTell(aggregating, head, address);
}
