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
  if ((await reclaim(distributing, owner)) && (await owners.open(owner, requestId, place)) === 'opened')
    return undefined;
  return {
    refused: 'too-many-open-requests',
    message: `has ${limit} open requests, which is the limit`,
    limit,
  };
}

/** An owner's places are looked through so often at most, in ms: it reads the head of each, and refused callers try again. */
const RECLAIM_EVERY_MS = 3_000;
/** Owners remembered. */
const MOST_OWNERS = 1_000;

/** Whether all places of an owner were taken a moment ago, as this environment has seen. */
export const wasFull = ({ clock, reclaimedAt }: Distributing, owner: string): boolean =>
  clock.now() < (reclaimedAt.get(owner) ?? Number.NEGATIVE_INFINITY) + RECLAIM_EVERY_MS;

/** Gives back the places of requests that are closed, past their deadline, or were never registered; whether it looked. */
async function reclaim(distributing: Distributing, owner: string): Promise<boolean> {
  if (wasFull(distributing, owner)) return false;
  const { owners, store, clock, reclaimedAt } = distributing;
  const now = clock.now();
  if (reclaimedAt.size >= MOST_OWNERS) reclaimedAt.clear();
  reclaimedAt.set(owner, now);
  const held = await owners.openRequests(owner);
  await Promise.all(
    held.map(async (requestId) => {
      const head = await store.readHead(requestId, now);
      if (head?.state !== 'open' || head.deadlineAt <= now) await owners.release(owner, requestId);
    }),
  );
  return true;
}
