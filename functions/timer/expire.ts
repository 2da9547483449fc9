/**
 * Closes what its deadline has reached. A late or repeated call is harmless: a request closes once, and a closed one is left
 * alone; that it is closed in the end is the warden's care.
 */
import type { TimerQueue } from '../../shared/core/ports/work.ts';
import { delaySeconds, type ExpireTimer, WAITED_OUT_MS } from '../../shared/core/timer.ts';
import { announce } from '../../shared/gathering/announce.ts';
import { closeRequest } from '../../shared/gathering/close.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { inTurnIfMuch } from '../../shared/gathering/one-at-a-time.ts';

export interface Expiring extends Gathering {
  readonly timers: TimerQueue;
}

/** Takes one timer: closes its request, or begins to. */
export async function expire(
  expiring: Expiring,
  timer: ExpireTimer,
): Promise<'chained' | 'settled' | 'closing' | 'not-due'> {
  const { clock, timers, store } = expiring;
  const leftMs = timer.deadlineAt - clock.now();
  if (leftMs > WAITED_OUT_MS) {
    await timers.schedule({ ...timer, hops: timer.hops + 1 }, delaySeconds(timer.deadlineAt, clock.now()));
    return 'chained';
  }
  if (leftMs > 0) await clock.sleep(leftMs);
  const head = await store.readHead(timer.requestId, clock.now());
  // A registration that was repeated has a later deadline, and timers of its own.
  if (!head || clock.now() < head.deadlineAt) return 'not-due';
  const close = () => closeRequest(expiring, timer.requestId, 'deadline-passed');
  const closing = head.state === 'closed' ? head : await inTurnIfMuch(expiring, head, close);
  if (closing?.state !== 'closed') return 'closing';
  // Whoever closed it may have died before its notice was asked for.
  await announce(expiring, closing);
  return 'settled';
}
