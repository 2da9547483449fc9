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

/** Pauses between two looks at a head, in ms: no answer comes before the first. */
const PAUSE_MS = { first: 20, min: 6, max: 250 } as const;

/**
 * An eighth of the time waited, or less when the answer is near, if what is missing comes in as fast as the rest did; a
 * straggler is asked about every thirty-second of the time at most.
 */
function pauseAfter(waited: number, { arrived, expected }: Pick<Head, 'arrived' | 'expected'>): number {
  if (waited < PAUSE_MS.first) return PAUSE_MS.first - waited;
  const near = arrived > 0 ? (waited * Math.max(0, expected - arrived)) / arrived : waited;
  return Math.min(PAUSE_MS.max, Math.max(PAUSE_MS.min, Math.min(waited / 8, Math.max(near, waited / 32))));
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
    const now = clock.now();
    if (!head || head.state === 'closed' || now >= until) return head;
    const hedgeAt = (await hedger?.(head)) ?? until;
    const pause = Math.min(pauseAfter(now - since, head), Math.max(1, hedgeAt - now));
    const untilDeadline = head.deadlineAt > now ? head.deadlineAt - now : PAUSE_MS.min;
    await clock.sleep(Math.min(pause, untilDeadline, until - now));
  }
}
