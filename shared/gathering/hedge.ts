/**
 * Sending stragglers again, while somebody waits or a timer looks. Of several who would, one does; the budget is spent
 * before anything is sent, so that a crash in between costs copies, never more than were allowed.
 */
import { messageOf } from '../core/errors.ts';
import type { Head } from '../core/gathering.ts';
import { hasOneShard, headAddress } from '../core/gathering.ts';
import { type HedgeOptions, hedgeAfter, hedgesLeft } from '../core/hedge.ts';
import type { Past } from '../core/history.ts';
import type { Job } from '../core/job.ts';
import { LIMITS } from '../core/limits.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import type { TaskPublisher } from '../core/ports/work.ts';
import { type NumberedTask, tasksIn } from '../core/split.ts';
import type { Gathering } from './context.ts';
import { readChosen } from './fold-shard.ts';
import { publishTasks } from './publish-tasks.ts';

export interface Hedging extends Gathering {
  readonly publisher: TaskPublisher;
  readonly replyTo: string;
}

/**
 * A budget without room has some again when more tasks were answered, which is seen within so many ms. One that has none for
 * long is asked more and more seldom: each time is a conditional write that may be refused.
 */
const ROOM_LATER_MS = 5_000;

/** Sends again what is due of a request; the instant at which more of it may be, as far as is known now. */
export type Hedger = (head: Head) => Promise<number | undefined>;

/** The same for whoever waits for the answer: one that fails is given up, and the wait goes on. */
export function forgiving(hedger: Hedger, telemetry: Pick<Telemetry, 'warn'>): Hedger {
  let hasFailed = false;
  return async (head) => {
    if (hasFailed) return undefined;
    try {
      return await hedger(head);
    } catch (error) {
      hasFailed = true;
      const reason = messageOf(error, LIMITS.messageLength);
      telemetry.warn('stragglers not sent again', { requestId: head.requestId, reason });
      return undefined;
    }
  };
}

/** What says when a job's tasks are stragglers: ms after they were sent, by leaf. */
export interface HedgeTerms {
  readonly job: Job;
  readonly options: HedgeOptions;
  readonly after: ReadonlyMap<string, number>;
}

/** When tasks of the request would be sent again; `undefined` if none ever is. Larger requests are not hedged. */
export function hedgeTerms(job: Job | undefined, head: Head, past: Past): HedgeTerms | undefined {
  if (!job?.hedge || job.version !== head.jobVersion || !hasOneShard(head)) return undefined;
  const options = job.hedge;
  const after = new Map<string, number>();
  for (const leaf of Object.keys(job.leaves)) {
    const ms = hedgeAfter(past.leaves[leaf] ?? {}, options);
    if (ms !== undefined) after.set(leaf, ms);
  }
  return after.size > 0 ? { job, options, after } : undefined;
}

/**
 * A hedger for as long as somebody waits for one request. It learns the job's past once, and reads what is in when
 * something is due, and after that when something has come in.
 */
export function createHedger(hedging: Hedging): Hedger {
  const { clock, jobs, history } = hedging;
  let terms: Promise<HedgeTerms | undefined> | undefined;
  let nextAt: number | undefined;
  let lookedAt = -1;
  return async (head) => {
    const { state, scatteredAt, arrived, expected, divided, copies = 0 } = head;
    if (state !== 'open' || scatteredAt === undefined) return undefined;
    terms ??= history.recall(head.job).then(({ past }) => hedgeTerms(jobs.get(head.job), head, past));
    const known = await terms;
    if (!known) return undefined;
    const firstAt = scatteredAt + Math.min(...known.after.values());
    const wakeAt = Math.max(firstAt, nextAt ?? firstAt);
    if (clock.now() < wakeAt) return wakeAt;
    if (expected - arrived - (divided?.size ?? 0) > hedgesLeft(expected, copies, known.options)) return undefined;
    if (nextAt === undefined && arrived === lookedAt) return undefined;
    lookedAt = arrived;
    nextAt = await hedgeDue(hedging, { ...head, scatteredAt }, known);
    return nextAt;
  };
}

/**
 * Reads what is in, and sends again what has been out for too long since it was sent, or sent again: a copy may be a
 * straggler too. The instant at which the next of it will have been.
 */
async function hedgeDue(
  hedging: Hedging,
  head: Head & { readonly scatteredAt: number },
  terms: HedgeTerms,
): Promise<number | undefined> {
  const { scatteredAt, hedgedAt = scatteredAt, hedged, copies = 0, expected } = head;
  const input = head.input ? head.input.value : await hedging.store.readInput(head.requestId);
  const out = tasksOut(terms.job, head, input, await indexesOut(hedging, head));
  const room = hedgesLeft(expected, copies, terms.options);
  if (out.length > room) return undefined;
  const after = ({ leaf }: NumberedTask): number => terms.after.get(leaf) ?? Number.POSITIVE_INFINITY;
  const dueAt = (task: NumberedTask): number => (hedged?.has(task.taskIndex) ? hedgedAt : scatteredAt) + after(task);
  const now = hedging.clock.now();
  const due = out.filter((task) => dueAt(task) <= now);
  const sent = due.length > 0 ? await sendCopies(hedging, head, terms, input, due) : 'none';
  if (sent === 'over-budget') return now + Math.max(ROOM_LATER_MS, now - scatteredAt);
  if (sent === 'not-sent' || due.length === room) return undefined;
  const nextAt = Math.min(...out.map((task) => (due.includes(task) ? now + after(task) : dueAt(task))));
  return Number.isFinite(nextAt) ? nextAt : undefined;
}

/** Tasks that are not in, and do not wait for a request of their own. */
async function indexesOut(hedging: Hedging, head: Head): Promise<ReadonlySet<number>> {
  const { successes, failures } = await readChosen(hedging, head, headAddress(head.requestId));
  const out = new Set(Array.from({ length: head.expected }, (_, taskIndex) => taskIndex));
  for (const { taskIndex } of [...successes, ...failures]) out.delete(taskIndex);
  for (const taskIndex of head.divided ?? []) out.delete(taskIndex);
  return out;
}

/** None, if the input does not split into what it did: that is not for a hedge to say. */
function tasksOut(job: Job, { expected }: Head, input: unknown, out: ReadonlySet<number>): NumberedTask[] {
  try {
    return [...tasksIn(job, input, { from: 0, size: expected })].filter(({ taskIndex }) => out.has(taskIndex));
  } catch {
    return [];
  }
}

/** Sends them, unless all requests together have spent the budget, somebody else was quicker, or they could not be published. */
async function sendCopies(
  hedging: Hedging,
  head: Head,
  { job, options }: HedgeTerms,
  input: unknown,
  due: readonly NumberedTask[],
): Promise<'sent' | 'over-budget' | 'not-sent'> {
  const { store, history, telemetry, clock } = hedging;
  const tasks = due.map(({ taskIndex }) => taskIndex);
  if (!(await history.spend(job.name, tasks.length, options))) return 'over-budget';
  if ((await store.markHedged(head.requestId, tasks, head.copies ?? 0, clock.now())) === 'refused') return 'not-sent';
  const range = { from: 0, size: head.expected };
  const outcome = await publishTasks(hedging, { head, job, input, range, hops: 1, copiesOf: new Set(tasks) });
  if ('value' in outcome) telemetry.count('TasksHedged', tasks.length);
  return 'value' in outcome ? 'sent' : 'not-sent';
}
