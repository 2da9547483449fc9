/**
 * The distributor: one submission becomes a request. The order is what makes a crash harmless: timer, input and shards,
 * then the head (from here on the request exists), then the tasks, then `scatteredAt`. A crash anywhere in between is
 * closed by the deadline, and a repeat under the same idempotency key resumes it.
 */
import { impossible, resolved } from '../../shared/core/completion.ts';
import type { Head } from '../../shared/core/gathering.ts';
import type { KeyClaim } from '../../shared/core/ports.ts';
import { type SplitRefusal, surveyTasks } from '../../shared/core/split.ts';
import { lookAtRequest } from '../../shared/gathering/look.ts';
import type { Asked, Submitting } from '../../shared/scattering/context.ts';
import { register } from '../../shared/scattering/register.ts';
import { scatter } from '../../shared/scattering/scatter.ts';
import { admit } from './admit.ts';

export interface Distributing extends Submitting {
  readonly ownerOpenRequests: number;
  /** Hosts that callers may have called: `host.example` or `*.example`. */
  readonly callbackHosts: readonly string[];
}

/** A valid submission of a caller's. */
export interface Submission extends Omit<Asked, 'parent'> {
  /** Another submission under the same key is refused; the same one is resumed. */
  readonly key?: { readonly name: string; readonly fingerprint: string };
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
