/**
 * Closing a request: `open → closing` by one conditional write, then shards sealed and folded, the answer kept, and
 * `closing → closed`. Every step is put-if-absent, so whoever finds a request `closing` may carry it on.
 */
import { type Answer, buildAnswer, type FoldedShard, namedMissing } from '../core/answer.ts';
import { type CompletionReason, closesUnscattered } from '../core/completion.ts';
import type { JobError } from '../core/fold.ts';
import { type Head, hasOneShard, headAddress, shardAddresses } from '../core/gathering.ts';
import type { Chosen } from '../core/membership.ts';
import { labelsOf } from '../core/split.ts';
import type { Gathering } from './context.ts';
import { foldChosen, foldShard, inTurn, isTooLarge, readChosen } from './fold-shard.ts';

/** What a closer already knows: a success of every task, or the error it closes for. */
export interface Evidence {
  readonly complete?: Complete;
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
  { complete, error }: Evidence = {},
): Promise<Head | undefined> {
  const { store, clock } = gathering;
  const closed = complete && (await closeAtOnce(gathering, complete));
  if (closed) return closed;
  const begun = await store.beginClosing({ requestId, reason, at: clock.now(), ...(error ? { error } : {}) });
  if (begun !== 'refused') return finishClosing(gathering, begun);
  const head = await store.readHead(requestId, clock.now());
  if (head?.state === 'closing') return finishClosing(gathering, head);
  const again = head?.state === 'open' && mayClose(head, reason);
  return again ? closeRequest(gathering, requestId, reason, error ? { error } : {}) : head;
}

/** An open request that may close was registered, or scattered, since it refused to. */
const mayClose = ({ scatteredAt }: Head, reason: CompletionReason): boolean =>
  scatteredAt !== undefined || closesUnscattered(reason);

/**
 * The shorter path of the usual request: whoever closes it, its answer can only be this one, so the answer is kept while
 * the request is open, and one write closes it: one write and its time less, of the four that closing takes.
 */
async function closeAtOnce(gathering: Gathering, { head, chosen }: Complete): Promise<Head | undefined> {
  if (head.scatteredAt === undefined) return undefined;
  const fold = foldChosen(gathering.jobs.get(head.job), chosen);
  const answer = await keepAnswer(gathering, { ...head, reason: 'all-succeeded' }, [fold]);
  const outcome = await gathering.store.closeAtOnce(head.requestId, answer);
  return outcome === 'published' ? closed(gathering, head, answer, outcome) : undefined;
}

/** From `closing` to `closed`, resumably: the first answer kept is the one published, whoever publishes it. */
export async function finishClosing(gathering: Gathering, head: Head): Promise<Head> {
  const answer = await keepAnswer(gathering, head, await foldRequest(gathering, head));
  return closed(gathering, head, answer, await gathering.store.publishClosed(head.requestId, answer));
}

/** What follows a close: it is reported by whoever published it, and the owner gets their place back. */
async function closed(
  gathering: Gathering,
  head: Head,
  answer: Answer,
  outcome: 'published' | 'already-closed',
): Promise<Head> {
  if (outcome === 'published') report(gathering, head, answer);
  await gathering.owners.release(head.owner, head.requestId);
  return { ...head, state: 'closed', version: answer.version };
}

async function foldRequest(gathering: Gathering, head: Head): Promise<FoldedShard[]> {
  if (!hasOneShard(head)) return inTurn(shardAddresses(head), (address) => foldShard(gathering, head, address));
  const chosen = await readChosen(gathering, head, headAddress(head.requestId));
  return [foldChosen(gathering.jobs.get(head.job), chosen)];
}

async function keepAnswer(gathering: Gathering, head: Head, shards: readonly FoldedShard[]): Promise<Answer> {
  const { store, clock, jobs } = gathering;
  const labels = await missingLabels(gathering, head, namedMissing(shards));
  const build = (error?: JobError): Answer =>
    buildAnswer(head, jobs.get(head.job), shards, { now: clock.now(), labels, ...(error ? { error } : {}) });
  try {
    return await store.putAnswer(head.requestId, build(), head.ttlEpochSeconds);
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    return store.putAnswer(head.requestId, build({ where: 'finish', message: error.message }), head.ttlEpochSeconds);
  }
}

/** Labels of missing tasks come from splitting the input again: nobody has reported them. */
export async function missingLabels(
  { store, jobs }: Gathering,
  head: Head,
  taskIndexes: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const job = jobs.get(head.job);
  if (taskIndexes.length === 0 || job?.version !== head.jobVersion) return new Map();
  return labelsOf(job, await store.readInput(head.requestId), taskIndexes);
}

function report({ telemetry }: Gathering, head: Head, answer: Answer): void {
  telemetry.count('RequestsClosed');
  if (head.reason === 'deadline-passed') telemetry.count('RequestsClosedByDeadline');
  if (answer.tasks.failed > 0) telemetry.count('TasksFailed', answer.tasks.failed);
  telemetry.log('request closed', {
    requestId: head.requestId,
    job: head.job,
    status: answer.status,
    completionReason: answer.completionReason,
    ...answer.tasks,
    elapsedMs: answer.closedAt - head.acceptedAt,
  });
}
