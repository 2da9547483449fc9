/**
 * Amending: late results make a further version of a closed request's answer, until the grace after its close is over. A
 * version is kept where there is none, and put in force after the one before it, so that of any number of aggregators one
 * makes each version, and a task that is in stays in. Requests of one shard alone: a fold of a larger one stands for good.
 */
import { type Answer, buildAnswer, summaryOf } from '../core/answer.ts';
import { type Head, headAddress, rangeOf } from '../core/gathering.ts';
import { amendableUntil } from '../core/late.ts';
import { broughtIn, chosenBefore, extended, type Membership } from '../core/membership.ts';
import { missingLabels } from './close.ts';
import type { Gathering } from './context.ts';
import { cannotBeKept, foldChosen, readKept } from './fold-shard.ts';
import { readAnswer } from './read-answer.ts';

/** A version that may be put in force, and what it amends. */
interface Amendment {
  readonly before: Membership;
  readonly answer: Answer;
}

/** Has a closed request take in `chunkIds`, which are kept beside it; the membership in force afterwards, if there is one. */
export async function amendAnswer(
  gathering: Gathering,
  closed: Head,
  chunkIds: readonly string[],
): Promise<Membership | undefined> {
  const { store, clock } = gathering;
  let head: Head | undefined = closed;
  while (head) {
    const inForce: Answer | undefined = await readAnswer(gathering, head);
    const before = inForce?.membership;
    if (!inForce || !before || isIn(before, chunkIds)) return before;
    const draft = await draftAmendment(gathering, head, inForce, before);
    const kept = draft && (await keepAmendment(gathering, head, draft));
    if (!kept?.membership) return before;
    const outcome = await store.publishAmended(head.requestId, kept.version);
    if (outcome === 'published') report(gathering, head, { before, answer: kept });
    // Refused or not, what is kept under that version is in force by now, or was.
    if (isIn(kept.membership, chunkIds)) return kept.membership;
    head = await store.readHead(closed.requestId, clock.now());
  }
  return undefined;
}

const isIn = ({ chunks }: Membership, chunkIds: readonly string[]): boolean =>
  chunkIds.every((chunkId) => chunks.includes(chunkId));

/**
 * The version after the one in force; `undefined` when nothing is to be added, or no longer. Where the job's code throws for
 * what came late, or is gone, the answer in force is the better one, and stands.
 */
async function draftAmendment(
  gathering: Gathering,
  head: Head,
  inForce: Answer,
  before: Membership,
): Promise<Answer | undefined> {
  const until = amendableUntil(head, inForce) ?? 0;
  if (gathering.clock.now() >= until) return undefined;
  const address = headAddress(head.requestId);
  const range = rangeOf(head, address);
  const chunks = await readKept(gathering, head, address);
  const known = new Set(before.chunks);
  const chosen = extended(
    chosenBefore(range, before, chunks),
    chunks.filter(({ chunkId }) => !known.has(chunkId)),
  );
  const fold = await foldChosen(gathering, head, chosen);
  const { membership } = fold;
  if (broughtIn(before, membership) === 0) return undefined;
  const summary = summaryOf(fold);
  const labels = await missingLabels(gathering, head, summary.missing);
  const now = gathering.clock.now();
  const answer = buildAnswer(head, gathering.jobs.get(head.job), summary, { labels, now, membership, amends: inForce });
  if (!answer.error) return now < until ? answer : undefined;
  gathering.telemetry.warn('late results not taken in', { requestId: head.requestId, reason: answer.error.message });
  return undefined;
}

async function keepAmendment({ store }: Gathering, head: Head, answer: Answer): Promise<Answer | undefined> {
  try {
    return await store.putAnswer(head.requestId, answer, head.ttlEpochSeconds);
  } catch (error) {
    if (!cannotBeKept(error)) throw error;
    return undefined;
  }
}

function report({ telemetry }: Gathering, head: Head, { before, answer }: Amendment): void {
  const { version, status, completionReason, tasks, membership } = answer;
  const results = membership ? broughtIn(before, membership) : 0;
  telemetry.count('ResultsAmended', results);
  const { requestId, job } = head;
  telemetry.log('answer amended', { requestId, job, version, status, completionReason, ...tasks, results });
}
