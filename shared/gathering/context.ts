/** What every step of a gathering works with. */
import type { Job } from '../core/job.ts';
import type {
  ClaimStore,
  Clock,
  GatheringStore,
  Ids,
  NoticeQueue,
  OwnerLedger,
  ShardQueue,
  Telemetry,
} from '../core/ports.ts';
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
  /** One at a time in this environment, whoever's request it is: what may hold a whole shard in memory. See `holdsMuch`. */
  readonly inTurn: <Value>(work: () => Promise<Value>) => Promise<Value>;
}

/** The deployed jobs by name. */
export const jobsByName = (jobs: readonly Job[]): Jobs => new Map(jobs.map((job) => [job.name, job]));
