/**
 * Jobs with an audience: before a submission is split, the roll is called. What is heard is kept under the submission's key, where it has
 * one, so that a repeat is split over the same audience however many are there by then.
 */
import type { Attended, Audience } from '../../shared/core/audience.ts';
import type { KeyClaim } from '../../shared/core/ports/owners.ts';
import type { Distributing, Submission } from './distribute.ts';
import { surveyed } from './survey.ts';

/**
 * The submission with who is present beside its input: those of its first call, if this is a repeat. An audience that it cannot be
 * split among is not kept: a repeat asks again.
 */
export async function attended(
  distributing: Distributing,
  submission: Submission,
  audience: Audience,
  { requestId, ttlEpochSeconds }: KeyClaim,
): Promise<Submission> {
  const { store } = distributing;
  const known = submission.key && (await keptInput(distributing, requestId));
  if (known !== undefined) return { ...submission, input: known };
  const present = await distributing.whoIsPresent(submission.owner, audience);
  const input: Attended = { input: submission.input, present };
  const heard = { ...submission, input };
  if (!submission.key || 'refused' in surveyed(heard)) return heard;
  // Of two that call at once, the one whose input is kept first is heard.
  await store.putInput(requestId, input, ttlEpochSeconds);
  return { ...submission, input: await store.readInput(requestId) };
}

async function keptInput({ store, clock }: Distributing, requestId: string): Promise<unknown> {
  const head = await store.readHead(requestId, clock.now());
  return head?.input ? head.input.value : store.readInput(requestId);
}
