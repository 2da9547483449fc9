/**
 * The shortest path of the usual small request: all of its results came in one batch, so there is nothing to mark, and
 * nobody to look. One write closes it, with the results and the answer in it. What makes it safe is that write's condition:
 * the request is open, nothing was marked, and its token, job, tasks and shards are what the batch says. Until then nothing
 * but a chunk was kept, which nobody reads who has another token; so whoever is refused may go the usual way.
 */
import { buildAnswer, summaryOf } from '../../shared/core/answer.ts';
import { all } from '../../shared/core/completion.ts';
import { isFailure, type ResultsEnvelope } from '../../shared/core/envelope.ts';
import { hasOneShard, headAddress, inHead, rangeOf } from '../../shared/core/gathering.ts';
import { type Chosen, type Chunk, choose } from '../../shared/core/membership.ts';
import { closed } from '../../shared/gathering/close.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { foldChosen } from '../../shared/gathering/fold-shard.ts';

/** Closes the request that `chunks` are a success of every task of, `inside` in its head or else put before; or does nothing. */
export async function closeWhole(
  gathering: Gathering,
  report: ResultsEnvelope,
  chunks: readonly Chunk[],
  inside: Chunk | undefined,
): Promise<boolean> {
  const chosen = chooseAll(gathering, report, chunks);
  const answer = chosen && (await answerOf(gathering, report, chosen));
  if (!answer || answer.error || !inHead.answer(answer)) return false;
  const { requestId, resultsToken, job, expected, shardSize } = report;
  const header = { requestId, resultsToken, job, expected, shardSize };
  const head = await gathering.store.closeWhole({ header, arrived: expected, answer, inside });
  if (head === 'refused') return false;
  await closed(gathering, head, answer, 'published');
  return true;
}

/**
 * A success of every task, if that is what a batch holds. Not where folding costs more than it may save when the batch
 * turns out to be a forgery or a repeat (claims, a predicate), or where the job is gone.
 */
function chooseAll({ jobs }: Gathering, report: ResultsEnvelope, chunks: readonly Chunk[]): Chosen | undefined {
  const results = chunks.flatMap((chunk) => chunk.results);
  if (!hasOneShard(report) || results.length < report.expected) return undefined;
  if (results.some((result) => isFailure(result) || result.claim)) return undefined;
  const completion = jobs.get(report.job)?.completion;
  if (!completion || completion.kind === 'when') return undefined;
  const chosen = choose(rangeOf(report, headAddress(report.requestId)), chunks);
  return chosen.successes.length === report.expected ? chosen : undefined;
}

/** Of a success of every task the answer is the same under every policy. */
async function answerOf(gathering: Gathering, report: ResultsEnvelope, chosen: Chosen) {
  const fold = await foldChosen(gathering, report, chosen);
  const head = { ...report, policy: all(), reason: 'all-succeeded' } as const;
  const context = { labels: new Map(), now: gathering.clock.now(), membership: fold.membership };
  return buildAnswer(head, gathering.jobs.get(report.job), summaryOf(fold), context);
}
