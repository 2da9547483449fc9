/**
 * The timer closes what its deadline has reached. A deadline further off than one message may sleep is chained. A late
 * or repeated call is harmless: a request closes once, and a closed one is left alone.
 */
import { InvalidEnvelopeError } from '../../shared/core/errors.ts';
import type { DeadlineTimer, TimerQueue } from '../../shared/core/ports.ts';
import { delaySeconds } from '../../shared/core/timer.ts';
import { closeRequest } from '../../shared/gathering/close.ts';
import type { Gathering } from '../../shared/gathering/context.ts';

export interface Expiring extends Gathering {
  readonly timers: TimerQueue;
}

/** A request whose head is written later than its deadline, by a stalled distributor, is looked for again so long after. */
const STALLED_MS = 60_000;

/** Takes one timer: chains it, closes its request, or finds nothing left to do, which a read tells at a tenth of a write's price. */
export async function expire(
  expiring: Expiring,
  timer: DeadlineTimer,
): Promise<'chained' | 'settled' | 'no-such-request'> {
  const { clock, timers, store } = expiring;
  const now = clock.now();
  const again = { ...timer, hops: timer.hops + 1 };
  if (now < timer.deadlineAt) {
    await timers.schedule(again, delaySeconds(timer.deadlineAt, now));
    return 'chained';
  }
  const head = await store.readHead(timer.requestId, now);
  if (head?.state === 'closed') return 'settled';
  if (head && (await closeRequest(expiring, timer.requestId, 'deadline-passed'))) return 'settled';
  if (now >= timer.deadlineAt + STALLED_MS) return 'no-such-request';
  await timers.schedule(again, STALLED_MS / 1_000);
  return 'chained';
}

/** @throws InvalidEnvelopeError when a message body is not a timer. */
export function readTimer(body: string): DeadlineTimer {
  const { requestId, deadlineAt, hops } = JSON.parse(body) as Partial<DeadlineTimer>;
  if (typeof requestId !== 'string' || !Number.isSafeInteger(deadlineAt) || !Number.isSafeInteger(hops))
    throw new InvalidEnvelopeError('a timer has requestId, deadlineAt and hops');
  return { requestId, deadlineAt: deadlineAt as number, hops: hops as number };
}
