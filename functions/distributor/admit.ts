/** Admission: one owner holds so many requests open at a time. Places of requests that have ended are taken back here. */
import { DEADLINE_MS } from '../../shared/core/limits.ts';
import type { Distributing, Refusal } from './distribute.ts';

/** No request is open longer than the longest deadline; a day more for whatever comes late. */
const LONGEST_OPEN_MS = DEADLINE_MS.max + 24 * 3_600_000;

/** Takes a place for the request; a refusal when all of the owner's are taken by requests still open. */
export async function admit(
  distributing: Distributing,
  owner: string,
  requestId: string,
): Promise<Refusal | undefined> {
  const { owners, clock, ownerOpenRequests: limit } = distributing;
  const place = { limit, ttlEpochSeconds: Math.ceil((clock.now() + LONGEST_OPEN_MS) / 1_000) };
  if ((await owners.open(owner, requestId, place)) === 'opened') return undefined;
  await reclaim(distributing, owner);
  if ((await owners.open(owner, requestId, place)) === 'opened') return undefined;
  return {
    refused: 'too-many-open-requests',
    message: `has ${limit} open requests, which is the limit`,
    limit,
  };
}

/** Gives back the places of requests that are closed, past their deadline, or were never registered. */
async function reclaim({ owners, store, clock }: Distributing, owner: string): Promise<void> {
  const now = clock.now();
  const held = await owners.openRequests(owner);
  await Promise.all(
    held.map(async (requestId) => {
      const head = await store.readHead(requestId, now);
      if (head?.state !== 'open' || head.deadlineAt <= now) await owners.release(owner, requestId);
    }),
  );
}
