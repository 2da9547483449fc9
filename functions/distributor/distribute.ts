/**
 * The distributor: one submission becomes a request. The order is what makes a crash harmless: timer, input and shards,
 * then the head (from here on the request exists), then the tasks, then `scatteredAt`. A crash anywhere in between is
 * closed by the deadline, and a repeat under the same idempotency key resumes it.
 */
import { type AskedPolicy, impossible, resolved } from '../../shared/core/completion.ts';
import type { CallbackAddress, Head } from '../../shared/core/gathering.ts';
import type { Job } from '../../shared/core/job.ts';
import type { KeyClaim, RangeQueue, TaskPublisher, TimerQueue } from '../../shared/core/ports.ts';
import { type SplitRefusal, surveyTasks } from '../../shared/core/split.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { lookAtRequest } from '../../shared/gathering/look.ts';
import { admit } from './admit.ts';
import { register } from './register.ts';
import { scatter } from './scatter.ts';

export interface Distributing extends Gathering {
  readonly publisher: TaskPublisher;
  readonly timers: TimerQueue;
  /** Where the tasks of larger requests are published, shard by shard. */
  readonly ranges: RangeQueue;
  readonly replyTo: string;
  readonly ownerOpenRequests: number;
  /** Hosts that callers may have called: `host.example` or `*.example`. */
  readonly callbackHosts: readonly string[];
  readonly retentionMs: number;
  /** Tasks of one full shard. */
  readonly tasksPerShard: number;
  /** Shards of one request that are under way at a time. */
  readonly shardsInFlight: number;
}

/** A valid submission: its input has passed the job's schema. */
export interface Submission {
  readonly owner: string;
  readonly job: Job;
  readonly input: unknown;
  readonly deadlineMs: number;
  /** A share is one of the tasks that the input is split into. */
  readonly policy: AskedPolicy;
  /** Whether the caller waits for the answer. */
  readonly waits: boolean;
  /** Another submission under the same key is refused; the same one is resumed. */
  readonly key?: { readonly name: string; readonly fingerprint: string };
  readonly callbackTo?: CallbackAddress;
  readonly traceparent?: string;
}

export interface Refusal {
  readonly refused: SplitRefusal['refused'] | 'impossible-policy' | 'key-reused' | 'too-many-open-requests';
  readonly message: string;
  readonly limit?: number;
}

/** Accepts a submission, or says why not; a refusal has changed nothing. Throws on broken I/O alone. */
export async function distribute(distributing: Distributing, submission: Submission): Promise<Head | Refusal> {
  const { store, clock } = distributing;
  const survey = surveyTasks(submission.job, submission.input);
  if ('refused' in survey) return survey;
  const { expected } = survey;
  const cannot = impossible(resolved(submission.policy, expected), expected);
  if (cannot) return { refused: 'impossible-policy', message: cannot, limit: expected };

  void distributing.history.recall(submission.job.name); // is there by the time it is asked for
  const claim = await claimOf(distributing, submission);
  if (claim.fingerprint !== (submission.key?.fingerprint ?? '')) return keyReused;
  const known = submission.key && (await store.readHead(claim.requestId, clock.now()));
  if (known && (isScattered(known) || known.jobVersion !== submission.job.version)) return resumed(distributing, known);
  if (!known) {
    const refusal = await admit(distributing, submission.owner, claim.requestId);
    if (refusal) return refusal;
  }
  const head = known ?? (await register(distributing, submission, claim, expected));
  return scatter(distributing, submission, head);
}

const isScattered = ({ scatteredAt, state }: Head): boolean => scatteredAt !== undefined || state !== 'open';

/**
 * A repeat finds every task published, or a request of another version of the job, whose tasks nobody can yield any more.
 * Whoever published them may have died in what follows: it is carried on.
 */
async function resumed(distributing: Distributing, known: Head): Promise<Head> {
  await lookAtRequest(distributing, known);
  return known;
}

const keyReused: Refusal = {
  refused: 'key-reused',
  message: 'was used for another submission',
};

/** The identity of this submission: a new one, or the one its idempotency key is bound to. */
async function claimOf({ owners, ids, clock, retentionMs }: Distributing, submission: Submission): Promise<KeyClaim> {
  const { owner, key, deadlineMs } = submission;
  const now = clock.now();
  const claim: KeyClaim = {
    requestId: ids.requestId(),
    resultsToken: ids.resultsToken(),
    fingerprint: key?.fingerprint ?? '',
    ttlEpochSeconds: Math.ceil((now + deadlineMs + retentionMs) / 1_000),
  };
  return key ? owners.claimKey(owner, key.name, claim, now) : claim;
}
