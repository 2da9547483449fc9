/**
 * The aggregator takes reports of results: those that failed and may be tried again are sent again, all others are
 * marked, a whole batch per shard: put the chunk, then mark, then look if the mark says so. A batch that holds all of a small
 * request closes it without. A mark that is refused is
 * not idle: whoever closes or folds may have died, so it carries that on. What this environment knows to be in is left out.
 */
import { isFailure, type ResultsEnvelope, type TaskResult } from '../../shared/core/envelope.ts';
import {
  hasOneShard,
  inHead,
  isLookDue,
  releasedBy,
  shardAddress,
  shardOf,
  type Tally,
  valueLimit,
} from '../../shared/core/gathering.ts';
import { DEADLINE_MS, LONGEST_LEAF_MS } from '../../shared/core/limits.ts';
import type { Telemetry } from '../../shared/core/ports/telemetry.ts';
import type { NestedQueue, RangeQueue, TaskPublisher } from '../../shared/core/ports/work.ts';
import { carryOn, closed } from '../../shared/gathering/close.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { lookAtRequest } from '../../shared/gathering/look.ts';
import { inTurnIfMuch } from '../../shared/gathering/one-at-a-time.ts';
import { closeWhole } from './close-whole.ts';
import { divide } from './divide.ts';
import { retry } from './retry.ts';
import { chunksOf, stored } from './stored.ts';
import { isOwnClose, type Refused, takeLate } from './take-late.ts';
import { distinct, type Taken } from './taken.ts';

export interface Aggregating extends Gathering {
  readonly publisher: TaskPublisher;
  /** Where the tasks of larger requests are published, shard by shard. */
  readonly ranges: RangeQueue;
  /** Where the requests are scattered that tasks answer with. */
  readonly nested: NestedQueue;
  /** Shards of one request that are under way at a time. */
  readonly shardsInFlight: number;
  /** Where leaves answer to: small requests, and larger ones. */
  readonly replyTo: { readonly small: string; readonly bulk: string };
  /** How long chunks are kept after the deadline, in ms. */
  readonly retentionMs: number;
  /** What this environment has taken in. */
  readonly taken: Taken;
}

/** What became of one shard's results: they are in, or came after it was sealed, or are not the request's. */
interface Outcome {
  readonly kind: 'in' | 'late' | 'refused';
  readonly results: readonly TaskResult[];
}

/** Takes in the reports of one request. Throws only on broken I/O: then all of them are to be delivered again. */
export async function aggregate(aggregating: Aggregating, sent: readonly ResultsEnvelope[]): Promise<void> {
  const { clock, telemetry, taken } = aggregating;
  const reports = taken.without(sent);
  const now = clock.now();
  const inTime = reports.filter((report) => now < report.expiresAt);
  const late = reports.filter((report) => now >= report.expiresAt).flatMap((report) => report.results);
  countLate(telemetry, reports[0]?.requestId, late);
  const live = await divide(aggregating, inTime);
  const final = await retry(aggregating, live);
  const [first] = live;
  if (!first) return;
  const shards = Map.groupBy(final, (result) => shardOf(result.taskIndex, first.shardSize));
  const outcomes = await Promise.all([...shards].map(([shard, results]) => takeIn(aggregating, first, shard, results)));
  for (const { kind, results } of outcomes) if (kind === 'in') taken.note(first, results);
  if (outcomes.some(({ kind }) => kind === 'refused')) return;
  for (const report of live) aggregating.history.observeAnswers(report, report.results.filter(isFirstSuccess).length);
}

/** What says how long the leaf takes, and is no copy. */
const isFirstSuccess = (result: TaskResult): boolean => !isFailure(result) && !result.hedge;

/** Marks one shard's results and does what follows; what became of them. */
async function takeIn(
  aggregating: Aggregating,
  report: ResultsEnvelope,
  shard: number,
  sent: readonly TaskResult[],
): Promise<Outcome> {
  const results = distinct(sent.map((result) => stored(result, valueLimit(report))));
  const { store, ids, clock, ownChunks } = aggregating;
  const address = shardAddress(report, shard);
  // As long as the request's head is; a deadline that no request can have is a forged one.
  const keptUntil = Math.min(report.deadlineAt, clock.now() + DEADLINE_MS.max) + aggregating.retentionMs;
  const chunks = chunksOf(results, ids.chunkId);
  const inside = inHead.chunk(report, results) ? chunks[0] : undefined;
  const ttlEpochSeconds = Math.ceil(keptUntil / 1_000);
  if (!inside)
    await Promise.all(chunks.map((chunk) => store.putChunk(address, report.resultsToken, chunk, ttlEpochSeconds)));
  if (await closeWhole(aggregating, report, chunks, inside)) return { kind: 'in', results };
  const marked = await store.mark(address, report.resultsToken, hintsOf(results), inside);
  if (marked === 'refused') {
    const kind = await takeRefusal(aggregating, report, shard, { sent, chunks, inside, ttlEpochSeconds });
    return { kind, results };
  }
  const { head } = marked;
  if (head?.beside && !inside) ownChunks.note(report.requestId, head.beside, chunks);
  if (head) await inTurnIfMuch(aggregating, head, () => lookAtRequest(aggregating, head));
  else await followShard(aggregating, report, shard, marked.tally);
  return { kind: 'in', results };
}

/** Distinct tasks, and those of them that failed: never fewer than are there. */
function hintsOf(results: readonly TaskResult[]): { arrived: number; failed: number } {
  const indexes = (some: readonly TaskResult[]): number => new Set(some.map((result) => result.taskIndex)).size;
  return { arrived: indexes(results), failed: indexes(results.filter(isFailure)) };
}

/**
 * What a mark at a shard of a larger request asks for is done by others: nobody here holds a shard, or publishes one. The
 * next range is sent before anybody is told to look: once the shard is sealed, no mark comes back to send it.
 */
async function followShard(
  aggregating: Aggregating,
  report: ResultsEnvelope,
  shard: number,
  tally: Tally,
): Promise<void> {
  const { requestId } = report;
  const { arrived, failed } = tally;
  await release(aggregating, report, shard, tally);
  if (isLookDue(tally)) await aggregating.shards.send([{ requestId, shard, seen: { arrived, failed } }]);
}

/** Sends the range that waits for this shard, if there is one and nobody has. */
async function release(
  { store, ranges, clock, shardsInFlight }: Aggregating,
  report: ResultsEnvelope,
  shard: number,
  tally: Tally,
): Promise<void> {
  const { requestId, traceparent, hops } = report;
  const next = releasedBy(report, shard, tally, shardsInFlight);
  if (next === undefined) return;
  await ranges.send([{ requestId, shard: next, hops, ...(traceparent === undefined ? {} : { traceparent }) }]);
  await store.markReleased(shardAddress(report, shard), clock.now());
}

/** Counts results that nobody waits for any more, and what their leaves say it took to come to them. */
function countLate(telemetry: Telemetry, requestId: string | undefined, late: readonly TaskResult[]): void {
  if (late.length === 0) return;
  const wastedLeafMs = late.reduce((sum, { tookMs = 0 }) => sum + Math.min(tookMs, LONGEST_LEAF_MS), 0);
  telemetry.count('ResultsLate', late.length);
  if (wastedLeafMs > 0) telemetry.count('WastedLeafMs', wastedLeafMs);
  telemetry.log('results came late', { requestId, results: late.length, wastedLeafMs });
}

/** Why a mark was refused, and what it asks of whoever was refused. */
async function takeRefusal(
  aggregating: Aggregating,
  report: ResultsEnvelope,
  shard: number,
  refused: Refused,
): Promise<Outcome['kind']> {
  const { store, clock, telemetry, shards } = aggregating;
  const { requestId } = report;
  const head = await store.readHead(requestId, clock.now());
  if (!head || head.resultsToken !== report.resultsToken) {
    telemetry.count('ResultsRefused', refused.sent.length);
    telemetry.warn('result refused: unknown request or token', { requestId });
    return 'refused';
  }
  aggregating.ownChunks.forget(requestId);
  if (head.answer && isOwnClose(head, refused)) {
    await closed(aggregating, head, head.answer, 'published');
    return 'in';
  }
  const late = await inTurnIfMuch(aggregating, head, async () =>
    takeLate(aggregating, await carryOn(aggregating, head), refused),
  );
  countLate(telemetry, requestId, late);
  const waits = head.state === 'open' && !hasOneShard(head) && !head.folded?.has(shard);
  if (waits) await shards.send([{ requestId, shard, seen: { arrived: 0, failed: 0 } }]);
  return 'late';
}
