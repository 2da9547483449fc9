/**
 * Closing a request: `open → closing` by one conditional write, then shards sealed and folded, the answer kept, and
 * `closing → closed`. Every step is put-if-absent, so whoever finds a request `closing` may carry it on. A request of
 * one shard goes through all of it at once; the shards of a larger one are folded through a queue, side by side, and
 * whoever folds the last one goes on from there.
 */
import { type Answer, buildAnswer, type Summary, summaryOf } from '../core/answer.ts';
import { type CompletionReason, closesUnscattered } from '../core/completion.ts';
import { messageOf } from '../core/errors.ts';
import type { JobError } from '../core/fold.ts';
import { type Head, hasOneShard, headAddress, inHead, isFolded, shardAddresses } from '../core/gathering.ts';
import { LIMITS } from '../core/limits.ts';
import { LINES } from '../core/lines.ts';
import type { Chosen, Membership } from '../core/membership.ts';
import { labelsOf } from '../core/split.ts';
import { announceClosed, announceLeft } from './announce.ts';
import { askAgain, askForFolds } from './carry-on.ts';
import type { Gathering } from './context.ts';
import { cannotBeKept, foldChosen, readChosen, summarize } from './fold-shard.ts';

/** What a closer already knows: a success of every task, or the error it closes for. */
export interface Evidence {
  readonly complete?: Complete;
  /** Whether the request has many shards, as far as the closer knows. */
  readonly shards?: 'one' | 'many';
  readonly error?: JobError;
}

/** A success of every task of a request of one shard, as read: nothing that is marked later can better it. */
export interface Complete {
  readonly head: Head;
  readonly chosen: Chosen;
}

/**
 * Closes an open request, or carries on a close that somebody began. The head afterwards; `undefined` when there is no
 * such request. A head still `open` says that it may not close yet: its tasks are still being published.
 */
export async function closeRequest(
  gathering: Gathering,
  requestId: string,
  reason: CompletionReason,
  { complete, error, shards = 'one' }: Evidence = {},
): Promise<Head | undefined> {
  const { store, clock } = gathering;
  const closed = complete && (await closeAtOnce(gathering, complete));
  if (closed) return closed;
  const unscattered = closesUnscattered(reason, shards);
  const at = clock.now();
  const begun = await store.beginClosing({ requestId, reason, at, unscattered, ...(error ? { error } : {}) });
  if (begun !== 'refused') return finishClosing(gathering, begun);
  const head = await store.readHead(requestId, clock.now());
  // A repeat of the write that began it finds it begun; so does whoever was refused in the same moment.
  if (head?.state === 'closing')
    return head.closingAt === at ? finishClosing(gathering, head) : carryOn(gathering, head);
  const again = head?.state === 'open' && (unscattered || head.scatteredAt !== undefined);
  if (again) return closeRequest(gathering, requestId, reason, { shards, ...(error ? { error } : {}) });
  return head && announceLeft(gathering, head);
}

/**
 * The shorter path of the usual request: whoever closes it, its answer can only be this one, so the answer is kept while
 * the request is open, and one write closes it: one write and its time less, of the four that closing takes.
 */
async function closeAtOnce(gathering: Gathering, { head, chosen }: Complete): Promise<Head | undefined> {
  const fold = await foldChosen(gathering, head, chosen);
  const complete: Head = { ...head, reason: 'all-succeeded' };
  const draft = await draftAnswer(gathering, complete, summaryOf(fold), fold.membership);
  const drafted = draft();
  const inside = inHead.answer(drafted);
  const answer = inside ? drafted : await keepAnswer(gathering, complete, draft);
  const outcome = await gathering.store.closeAtOnce(head.requestId, answer, inside);
  if (outcome === 'refused') return closedBefore(gathering, head, answer);
  countWins(gathering, chosen);
  return closed(gathering, head, answer, outcome);
}

/** The closed head of a request that did not close by this answer just now; or did, and its own repeat found it closed. */
async function closedBefore(gathering: Gathering, { requestId }: Head, answer: Answer): Promise<Head | undefined> {
  const head = await gathering.store.readHead(requestId, gathering.clock.now());
  if (head?.state !== 'closed') return undefined;
  const isOurs = head.closedAt === answer.closedAt && head.reason === answer.completionReason;
  return isOurs ? closed(gathering, head, answer, 'published') : announceLeft(gathering, head);
}

/** From `closing` to `closed`, resumably: the first answer kept is the one published, whoever publishes it. */
async function finishClosing(gathering: Gathering, head: Head): Promise<Head> {
  if (hasOneShard(head)) {
    const chosen = await readChosen(gathering, head, headAddress(head.requestId));
    const fold = await foldChosen(gathering, head, chosen);
    return publish(gathering, head, summaryOf(fold), fold.membership);
  }
  if (isFolded(head)) return publish(gathering, head, await summarize(gathering, head, shardAddresses(head)));
  await askForFolds(gathering, head);
  return head;
}

/** Takes a close on that somebody began and may have died in, up to its notice; the head afterwards. */
export async function carryOn(gathering: Gathering, head: Head): Promise<Head> {
  if (head.state === 'closed') return announceLeft(gathering, head);
  if (head.state === 'open') return head;
  if (hasOneShard(head) || isFolded(head)) return finishClosing(gathering, head);
  await askAgain(gathering, head);
  return head;
}

async function publish(gathering: Gathering, head: Head, summary: Summary, membership?: Membership): Promise<Head> {
  const answer = await keepAnswer(gathering, head, await draftAnswer(gathering, head, summary, membership));
  return closed(gathering, head, answer, await gathering.store.publishClosed(head.requestId, answer));
}

/**
 * What follows a close: it is reported by whoever published it, who also has its notice sent, and the owner gets their
 * place back.
 */
export async function closed(
  gathering: Gathering,
  head: Head,
  answer: Answer,
  outcome: 'published' | 'already-closed',
): Promise<Head> {
  if (outcome === 'published') {
    observe(gathering, head, answer);
    report(gathering, head, answer);
  }
  if (!head.parent) await gathering.owners.release(head.owner, head.requestId); // a nested request has taken no place
  const after: Head = { ...head, state: 'closed', version: answer.version };
  // Who found it closed may have closed it themselves a moment ago, and not have heard.
  const found = outcome === 'published' ? after : await gathering.store.readHead(head.requestId, gathering.clock.now());
  return announceClosed(gathering, found ?? after);
}

/** The answer that follows from what is folded, unless an error is to take its place. */
type Draft = (error?: JobError) => Answer;

async function draftAnswer(
  gathering: Gathering,
  head: Head,
  summary: Summary,
  membership?: Membership,
): Promise<Draft> {
  const labels = await missingLabels(gathering, head, summary.missing);
  const context = { labels, now: gathering.clock.now(), ...(membership ? { membership } : {}) };
  return (error) =>
    buildAnswer(head, gathering.jobs.get(head.job), summary, { ...context, ...(error ? { error } : {}) });
}

async function keepAnswer({ store }: Gathering, head: Head, draft: Draft): Promise<Answer> {
  const keep = (answer: Answer) => store.putAnswer(head.requestId, answer, head.ttlEpochSeconds);
  try {
    return await keep(draft());
  } catch (error) {
    if (!cannotBeKept(error)) throw error;
    return keep(draft({ where: 'finish', message: error.message }));
  }
}

/**
 * Labels of missing tasks come from splitting the input again: nobody has reported them. None where the input cannot be read:
 * no close waits for names.
 */
export async function missingLabels(
  { store, jobs, telemetry }: Gathering,
  head: Head,
  taskIndexes: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const { requestId } = head;
  const job = jobs.get(head.job);
  if (taskIndexes.length === 0 || job?.version !== head.jobVersion) return new Map();
  try {
    const input = head.input ? head.input.value : await store.readInput(requestId);
    return labelsOf(job, input, taskIndexes);
  } catch (error) {
    telemetry.warn('missing tasks not labelled', { requestId, reason: messageOf(error, LIMITS.messageLength) });
    return new Map();
  }
}

/** Copies that came before what they were copies of; what was sent again besides was in vain. */
function countWins({ telemetry }: Gathering, { successes }: Chosen): void {
  const won = successes.filter(({ hedge }) => hedge).length;
  if (won > 0) telemetry.count('HedgesWon', won);
}

/** How long it took, and whether that was what its caller was told; of one that was given up neither says anything. */
function observe({ history, telemetry }: Gathering, head: Head, { completionReason, closedAt }: Answer): void {
  if (completionReason === 'cancelled' || completionReason === 'job-error') return;
  history.observeCompletion(head, closedAt - head.acceptedAt);
  if (head.likelyBy !== undefined) telemetry.count(closedAt <= head.likelyBy ? 'EstimatesKept' : 'EstimatesMissed');
}

function report({ telemetry }: Gathering, head: Head, answer: Answer): void {
  if (head.reason === 'deadline-passed') telemetry.count('RequestsClosedByDeadline');
  if (answer.tasks.failed > 0) telemetry.count('TasksFailed', answer.tasks.failed);
  telemetry.log(LINES.requestClosed, {
    requestId: head.requestId,
    job: head.job,
    status: answer.status,
    completionReason: answer.completionReason,
    ...answer.tasks,
    elapsedMs: answer.closedAt - head.acceptedAt,
  });
}
