/**
 * Readers settle what time has decided: who comes after the deadline closes the request, who finds a close begun and
 * left carries it on. So no timer is load-bearing alone.
 */
import type { Head } from '../core/gathering.ts';
import { carryOn, closeRequest } from './close.ts';
import type { Gathering } from './context.ts';
import type { Hedger } from './hedge.ts';

/** A close that is older than this was left by whoever began it. */
const CLOSE_ABANDONED_MS = 1_000;

/** A caller's wait that would end so shortly before the deadline goes on until then, in ms: there is an answer there. */
const NEAR_DEADLINE_MS = 500;

/**
 * Pauses between two looks at a head, in ms: no answer comes before the first, unless requests like this one are known to
 * be complete sooner. Five tasks on the local cloud: p50 30 ms with the first pause and the least as they are, 15 ms with
 * 6 and 3, which history leads to there; on AWS, where messages take longer, such looks would be reads for nothing.
 */
const PAUSE_MS = { first: 20, min: 6, max: 250 } as const;

/** The first pause and the least one, by the time at which 95 % of requests like this one are complete, if it is known. */
function soonest({ likelyBy, acceptedAt }: Head): { readonly first: number; readonly min: number } {
  const likelyMs = likelyBy === undefined ? Number.POSITIVE_INFINITY : likelyBy - acceptedAt;
  return {
    first: Math.min(PAUSE_MS.first, Math.max(4, likelyMs / 3)),
    min: Math.min(PAUSE_MS.min, Math.max(2, likelyMs / 8)),
  };
}

/**
 * An eighth of the time waited, or less when the answer is near, if what is missing comes in as fast as the rest did; a
 * straggler is asked about every thirty-second of the time at most. A close that is under way is near, however long it took
 * to come to it.
 */
function pauseAfter(waited: number, head: Head, now: number): number {
  const { arrived, expected, state, closingAt } = head;
  const { first, min } = soonest(head);
  if (state === 'closing') return Math.min(PAUSE_MS.max, Math.max(PAUSE_MS.min, (now - (closingAt ?? now)) / 8));
  if (waited < first) return first - waited;
  const near = arrived > 0 ? (waited * Math.max(0, expected - arrived)) / arrived : waited;
  return Math.min(PAUSE_MS.max, Math.max(min, Math.min(waited / 8, Math.max(near, waited / 32))));
}

/** A close that is under way has no deadline to wait for. */
function untilDeadline({ state, deadlineAt }: Head, now: number): number {
  if (state !== 'open') return PAUSE_MS.max;
  return deadlineAt > now ? deadlineAt - now : PAUSE_MS.min;
}

/** The head after whatever its deadline, or an abandoned close, asks for. */
export async function settle(gathering: Gathering, head: Head): Promise<Head> {
  const now = gathering.clock.now();
  if (head.state === 'open' && now >= head.deadlineAt)
    return (await closeRequest(gathering, head.requestId, 'deadline-passed')) ?? head;
  if (head.state === 'closing' && now >= (head.closingAt ?? now) + CLOSE_ABANDONED_MS) return carryOn(gathering, head);
  return head;
}

/** The head of a request, settled; `undefined` when there is none. */
export async function readSettled(gathering: Gathering, requestId: string): Promise<Head | undefined> {
  const head = await gathering.store.readHead(requestId, gathering.clock.now());
  return head && settle(gathering, head);
}

/** When a caller's wait ends that was to end at `until`. */
export const waitEnd = (until: number, { deadlineAt }: Pick<Head, 'deadlineAt'>): number =>
  deadlineAt > until && deadlineAt - until < NEAR_DEADLINE_MS ? deadlineAt : until;

/**
 * Waits until the request is closed, at most until `until`; the head as it then is. It closes at the deadline itself, and
 * has stragglers sent again by `hedger` at the moment that is due.
 */
export async function awaitClosed(
  gathering: Gathering,
  requestId: string,
  until: number,
  hedger?: Hedger,
): Promise<Head | undefined> {
  const { clock } = gathering;
  const since = clock.now();
  for (;;) {
    const head = await readSettled(gathering, requestId);
    if (!head || head.state === 'closed' || clock.now() >= until) return head;
    const hedgeAt = (await hedger?.(head)) ?? until;
    // What was sent again took its time, and the deadline does not wait for it.
    const now = clock.now();
    const pause = Math.min(pauseAfter(now - since, head, now), Math.max(1, hedgeAt - now));
    await clock.sleep(Math.max(0, Math.min(pause, untilDeadline(head, now), until - now)));
  }
}
