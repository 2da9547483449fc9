/**
 * A task asked for a request of its own. Who asks is checked against the head of the request above, by its token; what
 * is asked for may be refused, which fails the task at once. The request is named by the task and what it asks, so that
 * a repeat finds it there and takes it on.
 */
import { policyOf } from '../../shared/core/completion.ts';
import type { EnvelopeHeader, NestedRequest } from '../../shared/core/envelope.ts';
import type { Head, NestedName, ParentTask } from '../../shared/core/gathering.ts';
import type { NestedSubmission } from '../../shared/core/ports/work.ts';
import { closeRequest } from '../../shared/gathering/close.ts';
import type { Jobs } from '../../shared/gathering/context.ts';
import { lookAtRequest } from '../../shared/gathering/look.ts';
import { type Telling, tellTask } from '../../shared/gathering/tell-task.ts';
import { childOf } from '../../shared/scattering/child.ts';
import type { Submitting } from '../../shared/scattering/context.ts';
import { register } from '../../shared/scattering/register.ts';
import { scatter } from '../../shared/scattering/scatter.ts';
import { readQuestion } from './question.ts';

export interface Nesting extends Submitting, Telling {}

export type Nested = 'scattered' | 'known' | 'refused' | 'not-wanted' | 'forged';

/** Has the request scattered that a task asks for, or the task failed. Throws on broken I/O: then it is to come again. */
export async function nest(nesting: Nesting, { header, result }: NestedSubmission): Promise<Nested> {
  const { store, clock, jobs, telemetry } = nesting;
  const now = clock.now();
  const asking = await store.readHead(header.requestId, now);
  if (asking?.resultsToken !== header.resultsToken || result.taskIndex >= asking.expected) {
    telemetry.count('ResultsRefused');
    telemetry.warn('nested request refused: unknown request or token', { requestId: header.requestId });
    return 'forged';
  }
  if (asking.state !== 'open' || now >= asking.deadlineAt) return notWanted(nesting);
  return nestUnder(nesting, asking, taskOf(jobs, asking, header, result), result.request);
}

async function nestUnder(nesting: Nesting, asking: Head, parent: ParentTask, request: NestedRequest): Promise<Nested> {
  const { store, clock } = nesting;
  const child = childOf(asking, parent.taskIndex, request);
  const known = await store.readHead(child.requestId, clock.now());
  if (known && (known.state !== 'open' || known.scatteredAt !== undefined)) {
    await lookAtRequest(nesting, known); // whoever scattered it may have died in what follows
    return 'known';
  }
  const question = await readQuestion(nesting, asking.requestId, parent.depth, request);
  if ('cause' in question) {
    await tellTask(nesting, asking, parent, { error: { ...question, retryable: false } });
    return 'refused';
  }
  const { job, input, expected } = question;
  const asked = {
    ...{ job, input, parent, owner: asking.owner, policy: policyOf(job.completion), waits: false },
    deadlineMs: deadlineWithin(asking.deadlineAt - clock.now()),
    ...(parent.traceparent === undefined ? {} : { traceparent: parent.traceparent }),
  };
  if (!(await remembered(nesting, asking, { taskIndex: parent.taskIndex, requestId: child.requestId })))
    return notWanted(nesting);
  const head = known ?? (await register(nesting, asked, child, expected));
  if (head.jobVersion !== job.version) return 'known'; // its tasks can be yielded by nobody any more
  if (!(await isOpen(nesting, asking))) {
    await closeRequest(nesting, child.requestId, 'cancelled');
    return notWanted(nesting);
  }
  await scatter(nesting, asked, head);
  return 'scattered';
}

function notWanted({ telemetry }: Nesting): 'not-wanted' {
  telemetry.count('ResultsLate');
  return 'not-wanted';
}

/**
 * Has the request above remember that it is asked for, before it is there; not once that one has closed. Whoever closes it
 * from here on has all ended that is remembered, and what is registered only after that finds it closed: see `isOpen`.
 */
async function remembered({ store }: Nesting, asking: Head, nested: NestedName): Promise<boolean> {
  await store.putNested(asking.requestId, nested, asking.ttlEpochSeconds);
  return asking.nests === true || (await store.markNests(asking.requestId)) === 'marked';
}

const isOpen = async ({ store, clock }: Nesting, { requestId }: Head): Promise<boolean> =>
  (await store.readHead(requestId, clock.now()))?.state === 'open';

/** The task as the request above knows it; what the message says beside is a name for it. */
function taskOf(
  jobs: Jobs,
  asking: Head,
  { leaf, hops, traceparent }: EnvelopeHeader,
  { taskIndex, attempt, label }: NestedSubmission['result'],
): ParentTask {
  return {
    ...{ requestId: asking.requestId, taskIndex, attempt, leaf, hops, depth: (asking.parent?.depth ?? 0) + 1 },
    ...(label === undefined ? {} : { label }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(jobs.get(asking.job)?.values === 'claims' ? { values: 'claims' } : {}),
  };
}

/** What is kept of the time left for the answer's way up: messages, and clocks that differ. */
const WAY_UP = { share: 0.05, mostMs: 1_000 } as const;

/**
 * The deadline of a request whose answer is wanted in `leftMs`, in ms. In whole seconds from one on: timers tick in
 * seconds, and one that comes a second late would bring the answer up too late.
 */
export function deadlineWithin(leftMs: number): number {
  const ms = leftMs - Math.min(WAY_UP.mostMs, leftMs * WAY_UP.share);
  return Math.max(1, ms >= 1_000 ? Math.floor(ms / 1_000) * 1_000 : Math.floor(ms));
}
