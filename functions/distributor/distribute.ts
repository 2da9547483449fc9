/**
 * The distributor: one submission becomes a request. The order is what makes a crash harmless: timer, input and shards,
 * then the head (from here on the request exists), then the tasks, then `scatteredAt`. A crash anywhere in between is
 * closed by the deadline, and a repeat under the same idempotency key resumes it.
 */
import type { Attendee, Audience } from '../../shared/core/audience.ts';
import type { Head } from '../../shared/core/gathering.ts';
import { MAX_DELAY_SECONDS } from '../../shared/core/limits.ts';
import type { KeyClaim } from '../../shared/core/ports/owners.ts';
import type { SplitRefusal } from '../../shared/core/split.ts';
import { lookAtRequest } from '../../shared/gathering/look.ts';
import type { Asked, Submitting } from '../../shared/scattering/context.ts';
import { register, registerAdmitted } from '../../shared/scattering/register.ts';
import { scatter } from '../../shared/scattering/scatter.ts';
import { admit, wasFull } from './admit.ts';
import { attended } from './attend.ts';
import { surveyed } from './survey.ts';

export interface Distributing extends Submitting {
  readonly ownerOpenRequests: number;
  /** When the places of each owner were looked through last, in this environment. */
  readonly reclaimedAt: Map<string, number>;
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

/** Accepts a submission, or says why not; a refusal has changed nothing but for a timer that finds nothing. Throws on broken I/O alone. */
export async function distribute(distributing: Distributing, submission: Submission): Promise<Head | Refusal> {
  const { audience } = submission.job;
  // Who has an audience is split once it is heard.
  const survey = audience ? { expected: 0 } : surveyed(submission);
  if ('refused' in survey) return survey;
  void distributing.history.recall(submission.job.name); // is there by the time it is asked for
  if (isUsual(distributing, submission)) return distributeNew(distributing, submission, survey.expected);
  const identity = await identify(distributing, submission);
  if ('refused' in identity) return identity;
  if (audience) return distributeAmong(distributing, submission, audience, identity);
  return accept(distributing, submission, identity, survey.expected);
}

/**
 * Without a key it has a name of its own, and nothing to ask: its timers are set while its place is taken. What is refused
 * leaves them, and they find nothing: so whoever was refused lately is admitted first, and so is whoever asks for a deadline that
 * takes a chain of timers.
 */
const isUsual = (distributing: Distributing, { key, job, owner, deadlineMs }: Submission): boolean =>
  !key && !job.audience && deadlineMs <= MAX_DELAY_SECONDS * 1_000 && !wasFull(distributing, owner);

async function distributeNew(
  distributing: Distributing,
  submission: Submission,
  expected: number,
): Promise<Head | Refusal> {
  const names = newClaim(distributing, submission);
  const admission = admit(distributing, submission.owner, names.requestId);
  const head = await registerAdmitted(distributing, { asked: submission, names, expected }, admission);
  return 'refused' in head ? head : scatter(distributing, submission, head);
}

/** Whom it is split among is known only once they are asked, under the identity of the submission. */
async function distributeAmong(
  distributing: Distributing,
  submission: Submission,
  audience: Audience,
  identity: Identity,
): Promise<Head | Refusal> {
  const heard = await attended(distributing, submission, audience, identity.claim);
  const survey = surveyed(heard);
  if (!('refused' in survey)) return accept(distributing, heard, identity, survey.expected);
  if (!identity.known) await distributing.owners.release(submission.owner, identity.claim.requestId);
  return survey;
}

async function accept(
  distributing: Distributing,
  submission: Submission,
  { claim, known }: Identity,
  expected: number,
): Promise<Head | Refusal> {
  if (known && (isScattered(known) || known.jobVersion !== submission.job.version)) return resumed(distributing, known);
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

/** What a submission is called, and its head if it is there already. */
interface Identity {
  readonly claim: KeyClaim;
  readonly known?: Head | undefined;
}

/**
 * The identity of this submission, which has a place: a new one, or the one its idempotency key is bound to. The place comes
 * first: a key that a refused call had bound would stand for nothing, and refuse the next one.
 */
async function identify(distributing: Distributing, submission: Submission): Promise<Identity | Refusal> {
  const { owners, clock } = distributing;
  const { owner, key } = submission;
  const bound = key && (await owners.readKey(owner, key.name, clock.now()));
  if (bound) return identifyBound(distributing, submission, bound);
  const claim = newClaim(distributing, submission);
  const refusal = await admit(distributing, owner, claim.requestId);
  if (refusal) return refusal;
  const inForce = key ? await owners.claimKey(owner, key.name, claim, clock.now()) : claim;
  if (inForce.requestId === claim.requestId) return { claim };
  await owners.release(owner, claim.requestId); // a repeat was quicker
  return identifyBound(distributing, submission, inForce);
}

/** Whoever bound the key may have died before its request was registered: then it needs its place still. */
async function identifyBound(
  distributing: Distributing,
  { owner, key }: Submission,
  claim: KeyClaim,
): Promise<Identity | Refusal> {
  const { store, clock } = distributing;
  if (claim.fingerprint !== key?.fingerprint) return keyReused;
  const known = await store.readHead(claim.requestId, clock.now());
  const refusal = known ? undefined : await admit(distributing, owner, claim.requestId);
  return refusal ?? { claim, known };
}

function newClaim({ ids, clock, retentionMs }: Distributing, { key, deadlineMs }: Submission): KeyClaim {
  return {
    requestId: ids.requestId(),
    resultsToken: ids.resultsToken(),
    fingerprint: key?.fingerprint ?? '',
    ttlEpochSeconds: Math.ceil((clock.now() + deadlineMs + retentionMs) / 1_000),
  };
}
