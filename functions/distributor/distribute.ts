/**
 * The distributor: one submission becomes a request. The order is what makes a crash harmless: timer, input and shards,
 * then the head (from here on the request exists), then the tasks, then `scatteredAt`. A crash anywhere in between is
 * closed by the deadline, and a repeat under the same idempotency key resumes it.
 */
import type { Attendee, Audience } from '../../shared/core/audience.ts';
import { impossible, resolved } from '../../shared/core/completion.ts';
import type { Head } from '../../shared/core/gathering.ts';
import type { KeyClaim } from '../../shared/core/ports.ts';
import { type SplitRefusal, surveyTasks } from '../../shared/core/split.ts';
import { lookAtRequest } from '../../shared/gathering/look.ts';
import type { Asked, Submitting } from '../../shared/scattering/context.ts';
import { register } from '../../shared/scattering/register.ts';
import { scatter } from '../../shared/scattering/scatter.ts';
import { admit } from './admit.ts';
import { attended } from './attend.ts';

export interface Distributing extends Submitting {
  readonly ownerOpenRequests: number;
  /** Hosts that callers may have called: `host.example` or `*.example`. */
  readonly callbackHosts: readonly string[];
  /** Calls the roll for jobs with an audience. */
  readonly whoIsPresent: (owner: string, audience: Audience) => Promise<readonly Attendee[]>;
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
  const { audience } = submission.job;
  if (audience) return distributeAmong(distributing, submission, audience);
  const survey = surveyed(submission);
  if ('refused' in survey) return survey;
  void distributing.history.recall(submission.job.name); // is there by the time it is asked for
  const claim = await claimOf(distributing, submission);
  return isReused(submission, claim) ? keyReused : accept(distributing, submission, claim, survey.expected);
}

/** Whom it is split among is known only once they are asked, under the identity of the submission. */
async function distributeAmong(
  distributing: Distributing,
  submission: Submission,
  audience: Audience,
): Promise<Head | Refusal> {
  void distributing.history.recall(submission.job.name);
  const claim = await claimOf(distributing, submission);
  if (isReused(submission, claim)) return keyReused;
  const known = await attended(distributing, submission, audience, claim);
  const survey = surveyed(known);
  return 'refused' in survey ? survey : accept(distributing, known, claim, survey.expected);
}

/** Into how many tasks a submission is split, or why it cannot be, or cannot be met. */
function surveyed({ job, input, policy }: Submission): { readonly expected: number } | Refusal {
  const survey = surveyTasks(job, input);
  if ('refused' in survey) return survey;
  const { expected } = survey;
  const cannot = impossible(resolved(policy, expected), expected);
  return cannot ? { refused: 'impossible-policy', message: cannot, limit: expected } : survey;
}

const isReused = ({ key }: Submission, { fingerprint }: KeyClaim): boolean => fingerprint !== (key?.fingerprint ?? '');

async function accept(
  distributing: Distributing,
  submission: Submission,
  claim: KeyClaim,
  expected: number,
): Promise<Head | Refusal> {
  const { store, clock } = distributing;
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
