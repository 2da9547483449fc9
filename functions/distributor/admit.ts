/** Admission: one owner holds so many requests open at a time. Places of requests that have ended are taken back here. */
import type { Distributing, Refusal } from './distribute.ts';

/** Takes a place for the request; a refusal when all of the owner's are taken by requests still open. */
export async function admit(
  distributing: Distributing,
  owner: string,
  requestId: string,
): Promise<Refusal | undefined> {
  const { owners, ownerOpenRequests: limit } = distributing;
  if ((await owners.open(owner, requestId, limit)) === 'opened') return undefined;
  await reclaim(distributing, owner);
  if ((await owners.open(owner, requestId, limit)) === 'opened') return undefined;
  return {
    refused: 'too-many-open-requests',
    message: `this owner has ${limit} open requests, which is the limit`,
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
