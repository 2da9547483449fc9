/** What every step of a gathering works with. */
import type { Job } from '../core/job.ts';
import type { OwnChunks } from '../core/own-chunks.ts';
import type { ClaimStore } from '../core/ports/claim-store.ts';
import type { GatheringStore } from '../core/ports/gathering-store.ts';
import type { NoticeQueue } from '../core/ports/notices.ts';
import type { OwnerLedger } from '../core/ports/owners.ts';
import type { Clock, Ids } from '../core/ports/runtime.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import type { ShardQueue } from '../core/ports/work.ts';
import type { History } from './history.ts';

export type Jobs = ReadonlyMap<string, Job>;

export interface Gathering {
  readonly jobs: Jobs;
  readonly store: GatheringStore;
  readonly owners: OwnerLedger;
  readonly claims: ClaimStore;
  /** Where shards of larger requests are looked at and folded. */
  readonly shards: ShardQueue;
  /** What the function has seen of its jobs, and recalls of them. */
  readonly history: History;
  /** Where completion notices are asked for. */
  readonly notices: NoticeQueue;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: Telemetry;
  /** What this environment has marked of open requests. */
  readonly ownChunks: OwnChunks;
  /** One at a time in this environment, whoever's request it is: what may hold a whole shard in memory. See `holdsMuch`. */
  readonly inTurn: <Value>(work: () => Promise<Value>) => Promise<Value>;
}

/** The deployed jobs by name. */
export const jobsByName = (jobs: readonly Job[]): Jobs => new Map(jobs.map((job) => [job.name, job]));
