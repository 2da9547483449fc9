/**
 * The two lanes that tasks take to a leaf, and how a leaf's concurrency is shared between them. A request of one shard is
 * small and goes as the leaf chose; a larger one is bulk and goes through a queue whose consumers are bounded, so that
 * one owner's million tasks leave room for everybody's five.
 */
import { type Delivery, ownLeaves } from '../shared/core/job.ts';
import { LIMITS } from '../shared/core/limits.ts';
import type { JobOutline } from './jobs.ts';

/** Environments that one lane's queue has at work at most; none named, as many as the account has. */
export interface Bound {
  readonly maxConcurrency?: number;
}

export interface Lanes {
  /** Environments kept for the leaf alone, and never more than these. */
  readonly reserved?: number;
  /** The queue of small requests; a direct leaf has none. */
  readonly small?: Bound;
  /** The queue of bulk requests; a job too small for them has none, and two lanes may be too many for a low maximum. */
  readonly bulk?: Bound | 'shared';
}

/** MaximumConcurrency of a mapping (Lambda API reference, ScalingConfig, 2026-11). */
const MAPPING = { min: 2, max: 1_000 } as const;

/** Lanes of a leaf of `job`; `share` is what its bulk queue may have if the leaf names no maximum. */
export function lanesOf(job: JobOutline, delivery: Delivery, share: number): Lanes {
  const { kind, maxConcurrency: most } = delivery;
  if (kind === 'direct') return { ...(most && { reserved: most }), ...(hasBulk(job) && { bulk: half(most, share) }) };
  if (!hasBulk(job)) return { small: bound(most) };
  if (most === undefined) return { small: {}, bulk: bound(share) };
  if (most < 2 * MAPPING.min) return { small: bound(most), bulk: 'shared' };
  return { small: bound(Math.ceil(most / 2)), bulk: bound(Math.floor(most / 2)) };
}

/** What each bulk queue of a leaf without a maximum gets of `total`: they may all be busy at a time. */
export function bulkShare(jobs: readonly JobOutline[], total: number): number {
  const sharing = jobs.filter(hasBulk).flatMap(ownLeaves);
  const unbounded = sharing.filter(([, { delivery }]) => delivery.maxConcurrency === undefined).length;
  return clamp(Math.floor(total / Math.max(1, unbounded)));
}

/** Whether a request of the job can be larger than one shard. */
const hasBulk = ({ maxTasks }: JobOutline): boolean => maxTasks > LIMITS.tasksPerShard;

/** At most half of what is reserved, so that small requests always find room; a mapping has two at least. */
const half = (reserved: number | undefined, share: number): Bound =>
  bound(reserved === undefined ? share : Math.floor(reserved / 2));

const bound = (most: number | undefined): Bound => (most === undefined ? {} : { maxConcurrency: clamp(most) });

const clamp = (concurrency: number): number => Math.min(Math.max(concurrency, MAPPING.min), MAPPING.max);
