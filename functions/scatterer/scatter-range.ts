/**
 * The scatterer publishes the tasks of one shard of a larger request. It leaves alone what is taken, published, or not
 * wanted any more, so that a message may come as often as it likes; what was left half done is done again, and its
 * tasks are counted once.
 */
import { JOB_IS_GONE, type JobError } from '../../shared/core/fold.ts';
import { type Head, rangeOf, shardAddress, shardCount } from '../../shared/core/gathering.ts';
import type { ScatterRange, TaskPublisher } from '../../shared/core/ports/work.ts';
import { carryOn, closeRequest } from '../../shared/gathering/close.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { lookAtRequest } from '../../shared/gathering/look.ts';
import { publishTasks } from '../../shared/gathering/publish-tasks.ts';

export interface Scattering extends Gathering {
  readonly publisher: TaskPublisher;
  readonly replyTo: string;
  /** Longer than a range can be worked on, shorter than its message stays hidden. */
  readonly leaseMs: number;
}

export type Scattered = 'published' | 'known' | 'taken' | 'not-wanted' | 'failed';

/** Publishes a range's tasks, unless somebody has them or nobody wants them. Throws on broken I/O: then it is to come again. */
export async function scatterRange(scattering: Scattering, range: ScatterRange): Promise<Scattered> {
  const { store, clock, ids, leaseMs } = scattering;
  const now = clock.now();
  const head = await store.readHead(range.requestId, now);
  if (head && head.state !== 'open') await carryOn(scattering, head); // who began it may be this message's last taker
  if (head?.state !== 'open' || now >= head.deadlineAt || range.shard >= shardCount(head)) return 'not-wanted';
  if (head.scattered?.has(range.shard)) {
    await noteScattered(scattering, head);
    return 'known';
  }
  const lease = { holder: ids.leaseId(), now, until: now + leaseMs };
  const outcome = await store.leaseRange(shardAddress(head, range.shard), lease);
  return outcome === 'refused' ? 'taken' : publishRange(scattering, head, range);
}

async function publishRange(
  scattering: Scattering,
  head: Head,
  { shard, hops, traceparent }: ScatterRange,
): Promise<'published' | 'failed'> {
  const { store, jobs, clock } = scattering;
  const { requestId } = head;
  const job = jobs.get(head.job);
  if (job?.version !== head.jobVersion) return fail(scattering, head, JOB_IS_GONE);
  const input = await store.readInput(requestId);
  const range = rangeOf(head, shardAddress(head, shard));
  const outcome = await publishTasks(scattering, { head, job, input, range, hops: hops + 1, traceparent });
  if ('error' in outcome) return fail(scattering, head, outcome);
  const told = await store.tellScattered(requestId, shard);
  const current = told === 'refused' ? await store.readHead(requestId, clock.now()) : told;
  if (current) await noteScattered(scattering, current);
  return 'published';
}

/** The code that would go on is gone, or does not do what it did: the request fails, and says so. */
async function fail(scattering: Scattering, { requestId }: Head, { error }: { error: JobError }): Promise<'failed'> {
  await closeRequest(scattering, requestId, 'job-error', { error, shards: 'many' });
  return 'failed';
}

/** Every shard is published: the request says so, and may be complete. */
async function noteScattered(scattering: Scattering, head: Head): Promise<void> {
  if (head.scattered?.size !== shardCount(head)) return;
  const { store, clock } = scattering;
  const scattered = await store.markScattered(head.requestId, clock.now());
  if (scattered) await lookAtRequest(scattering, scattered);
}
