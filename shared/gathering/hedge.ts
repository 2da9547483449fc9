/**
 * Sending stragglers again, while somebody waits or a timer looks. Of several who would, one does; the budget is spent
 * before anything is sent, so that a crash in between costs copies, never more than were allowed.
 */
import type { Head } from '../core/gathering.ts';
import { hasOneShard, headAddress } from '../core/gathering.ts';
import { type HedgeOptions, hedgeAfter, hedgesLeft } from '../core/hedge.ts';
import type { Past } from '../core/history.ts';
import type { Job } from '../core/job.ts';
import type { TaskPublisher } from '../core/ports.ts';
import { type NumberedTask, tasksIn } from '../core/split.ts';
import type { Gathering } from './context.ts';
import { readChosen } from './fold-shard.ts';
import { publishTasks } from './publish-tasks.ts';

export interface Hedging extends Gathering {
  readonly publisher: TaskPublisher;
  readonly replyTo: string;
}

/** Sends again what is due of a request; the instant at which more of it may be, as far as is known now. */
export type Hedger = (head: Head) => Promise<number | undefined>;

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

/** A hedger for as long as somebody waits for one request: it learns the job's past once, and looks when something has come in. */
export function createHedger(hedging: Hedging): Hedger {
  const { clock, jobs, history } = hedging;
  let terms: Promise<HedgeTerms | undefined> | undefined;
  let lookedAt = -1;
  return async (head) => {
    const { state, scatteredAt, arrived, expected, hedged } = head;
    if (state !== 'open' || scatteredAt === undefined) return undefined;
    terms ??= history.recall(head.job).then(({ past }) => hedgeTerms(jobs.get(head.job), head, past));
    const known = await terms;
    if (!known) return undefined;
    const firstAt = scatteredAt + Math.min(...known.after.values());
    if (clock.now() < firstAt) return firstAt;
    const before = hedged?.size ?? 0;
    const tooMany = expected - arrived - before > hedgesLeft(expected, before, known.options);
    if (tooMany || arrived === lookedAt) return undefined;
    lookedAt = arrived;
    const nextAt = await hedgeDue(hedging, { ...head, scatteredAt }, known);
    if (nextAt !== undefined) lookedAt = -1;
    return nextAt;
  };
}

/** Reads what is in, and sends again what has been out for too long; the instant at which the next of it will have been. */
async function hedgeDue(
  hedging: Hedging,
  head: Head & { readonly scatteredAt: number },
  terms: HedgeTerms,
): Promise<number | undefined> {
  const before = head.hedged?.size ?? 0;
  const input = head.input ? head.input.value : await hedging.store.readInput(head.requestId);
  const out = tasksOut(terms.job, head, input, await indexesOut(hedging, head));
  if (out.length > hedgesLeft(head.expected, before, terms.options)) return undefined;
  const dueAt = ({ leaf }: NumberedTask): number =>
    head.scatteredAt + (terms.after.get(leaf) ?? Number.POSITIVE_INFINITY);
  const now = hedging.clock.now();
  const due = out.filter((task) => dueAt(task) <= now);
  if (due.length > 0) await sendCopies(hedging, head, terms, input, due);
  const nextAt = Math.min(...out.filter((task) => !due.includes(task)).map(dueAt));
  return Number.isFinite(nextAt) ? nextAt : undefined;
}

/** Tasks that are not in, and were not sent again. */
async function indexesOut(hedging: Hedging, head: Head): Promise<ReadonlySet<number>> {
  const { successes, failures } = await readChosen(hedging, head, headAddress(head.requestId));
  const out = new Set(Array.from({ length: head.expected }, (_, taskIndex) => taskIndex));
  for (const { taskIndex } of [...successes, ...failures]) out.delete(taskIndex);
  for (const taskIndex of head.hedged ?? []) out.delete(taskIndex);
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

async function sendCopies(
  hedging: Hedging,
  head: Head,
  { job, options }: HedgeTerms,
  input: unknown,
  due: readonly NumberedTask[],
): Promise<void> {
  const { store, history, telemetry } = hedging;
  const tasks = due.map(({ taskIndex }) => taskIndex);
  if (!(await history.spend(job.name, tasks.length, options))) return;
  if ((await store.markHedged(head.requestId, tasks, head.hedged?.size ?? 0)) === 'refused') return;
  const range = { from: 0, size: head.expected };
  const outcome = await publishTasks(hedging, { head, job, input, range, hops: 1, copiesOf: new Set(tasks) });
  if ('value' in outcome) telemetry.count('TasksHedged', tasks.length);
}
