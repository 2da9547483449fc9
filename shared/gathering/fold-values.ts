/** Folding values of which some are claims: each is read as its turn comes, so that nobody holds all of them. */
import { ClaimError, type ClaimReference } from '../core/claim.ts';
import type { SucceededResult } from '../core/envelope.ts';
import { type Attempted, accumulate, addTo, emptyAccumulator } from '../core/fold.ts';
import type { Job } from '../core/job.ts';
import { LIMITS } from '../core/limits.ts';
import type { ClaimStore } from '../core/ports/claim-store.ts';
import { read } from './claims.ts';
import { inOrder } from './in-order.ts';

/** Read ahead at most: as many bytes of JSON as a function of 512 MB can parse at a time, and calls. */
const AHEAD = { bytes: 16 * 1024 * 1024, calls: 16 } as const;

/**
 * The accumulator of some successes of a request, given in task order; of references, where the job asks for them. A claim that is missing or tampered is an error of
 * the fold, naming the task: the task has succeeded, and what it said is gone. Throws when claims cannot be had just now.
 */
export async function foldValues(
  claims: ClaimStore,
  requestId: string,
  job: Job,
  successes: readonly SucceededResult[],
): Promise<Attempted<unknown>> {
  if (job.values === 'claims') return accumulate(job, successes.map(referred));
  const largest = Math.max(0, ...successes.map(({ claim }) => claim?.bytes ?? 0));
  if (largest === 0) return accumulate(job, successes);
  const width = Math.max(2, Math.min(AHEAD.calls, Math.floor(AHEAD.bytes / largest)));
  let sum = emptyAccumulator(job);
  for await (const success of inOrder(successes, width, (each) => resolved(claims, requestId, each))) {
    sum = 'error' in success ? success : addTo(job, sum, success);
    if ('error' in sum) return sum;
  }
  return sum;
}

function referred({ claim, ...success }: SucceededResult): SucceededResult {
  const reference: ClaimReference | undefined = claim && { $claim: claim };
  return reference ? { ...success, value: reference } : success;
}

type Resolved = SucceededResult | Extract<Attempted<never>, { error: unknown }>;

async function resolved(claims: ClaimStore, requestId: string, success: SucceededResult): Promise<Resolved> {
  const { claim, ...rest } = success;
  if (!claim) return success;
  try {
    return { ...rest, value: await read({ claims, requestId }, claim) };
  } catch (error) {
    if (!(error instanceof ClaimError)) throw error;
    const message = `task ${success.taskIndex}: ${error.message}`.slice(0, LIMITS.messageLength);
    return { error: { where: 'fold', message } };
  }
}
