/**
 * Readers settle what time has decided: who comes after the deadline closes the request, who finds a close begun and
 * left carries it on. So no timer is load-bearing alone.
 */
import type { Head } from '../core/gathering.ts';
import { carryOn, closeRequest } from './close.ts';
import type { Gathering } from './context.ts';
import { forgiving, type Hedger } from './hedge.ts';

/** A close that is older than this was left by whoever began it. */
const CLOSE_ABANDONED_MS = 1_000;

/** A caller's wait that would end so shortly before the deadline goes on until then, in ms: there is an answer there. */
const NEAR_DEADLINE_MS = 500;

/**
 * Pauses between two looks at a head, in ms, while nothing is known of requests like this one: on AWS, where each message takes
 * longer than these, sooner looks would be reads for nothing. Once some were waited for here, the first look comes when hardly
 * any of them was closed before, though not more than `max` after the last: five tasks take 9 ms instead of 30 on the local cloud.
 */
const PAUSE_MS = { first: 20, min: 6, max: 250 } as const;

/**
 * An eighth of the time waited, or less when the answer is near, if what is missing comes in as fast as the rest did; a
 * straggler is asked about every thirty-second of the time at most. A close that is under way is near, however long it took
 * to come to it. `soonest` is the time from acceptance before which hardly any such request is closed.
 */
function pauseAfter(waited: number, head: Head, now: number, soonest: number | undefined): number {
  const { arrived, expected, state, closingAt, acceptedAt } = head;
  if (state === 'closing') return Math.min(PAUSE_MS.max, Math.max(PAUSE_MS.min, (now - (closingAt ?? now)) / 8));
  const early = soonest === undefined ? PAUSE_MS.first - waited : acceptedAt + soonest - now;
  if (early > 0) return Math.min(PAUSE_MS.max, Math.max(1, early));
  const least = soonest === undefined ? PAUSE_MS.min : Math.min(PAUSE_MS.min, Math.max(1, soonest / 16));
  const near = arrived > 0 ? (waited * Math.max(0, expected - arrived)) / arrived : waited;
  return Math.min(PAUSE_MS.max, Math.max(least, Math.min(waited / 8, Math.max(near, waited / 32))));
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
  const left = head.state === 'closed' || now >= (head.closingAt ?? now) + CLOSE_ABANDONED_MS;
  return head.state !== 'open' && left ? carryOn(gathering, head) : head;
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
 * Waits until the request whose head was `known` a moment ago is closed, at most until `until`; the head as it then is. It
 * closes at the deadline itself, and has stragglers sent again by `hedger` at the moment that is due.
 */
export async function awaitClosed(
  gathering: Gathering,
  known: Head,
  until: number,
  hedger?: Hedger,
): Promise<Head | undefined> {
  const { clock, history } = gathering;
  const since = clock.now();
  const soonest = history.soonestOf(known);
  const sendAgain = hedger && forgiving(hedger, gathering.telemetry);
  let head: Head | undefined = known.state === 'closed' ? known : await settle(gathering, known);
  while (head && head.state !== 'closed' && clock.now() < until) {
    const hedgeAt = (await sendAgain?.(head)) ?? until;
    // What was sent again took its time, and the deadline does not wait for it.
    const now = clock.now();
    const pause = Math.min(pauseAfter(now - since, head, now, soonest), Math.max(1, hedgeAt - now));
    await clock.sleep(Math.max(0, Math.min(pause, untilDeadline(head, now), until - now)));
    head = await readSettled(gathering, known.requestId);
    if (head?.state === 'closed') history.observeWait(head, (head.closedAt ?? clock.now()) - head.acceptedAt);
  }
  return head;
}
