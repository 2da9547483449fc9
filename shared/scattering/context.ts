/** What it takes to make a submission a request, whoever submits it: a caller, or a task of another request. */
import type { AskedPolicy } from '../core/completion.ts';
import type { CallbackAddress, ParentTask } from '../core/gathering.ts';
import type { Job } from '../core/job.ts';
import type { RangeQueue, TaskPublisher, TimerQueue } from '../core/ports/work.ts';
import type { Gathering } from '../gathering/context.ts';

export interface Submitting extends Gathering {
  readonly publisher: TaskPublisher;
  readonly timers: TimerQueue;
  /** Where the tasks of larger requests are published, shard by shard. */
  readonly ranges: RangeQueue;
  /** Where the tasks of a request of one shard are answered to. */
  readonly replyTo: string;
  readonly retentionMs: number;
  /** Tasks of one full shard. */
  readonly tasksPerShard: number;
  /** Shards of one request that are under way at a time. */
  readonly shardsInFlight: number;
}

/** What is asked for; the input has passed the job's schema. */
export interface Asked {
  readonly owner: string;
  readonly job: Job;
  readonly input: unknown;
  readonly deadlineMs: number;
  /** A share is one of the tasks that the input is split into. */
  readonly policy: AskedPolicy;
  /** Whether the caller waits for the answer. */
  readonly waits: boolean;
  readonly callbackTo?: CallbackAddress;
  /** The task that the request answers. */
  readonly parent?: ParentTask;
  readonly traceparent?: string;
}
