/**
 * A deadline's timer closes what its deadline has reached, and has a notice sent that nobody asked for. A deadline further
 * off than one message may sleep is chained. A late or repeated call is harmless: a request closes once, and a closed one is
 * left alone.
 */
import { FanfoldError } from '../../shared/core/errors.ts';
import type { Head } from '../../shared/core/gathering.ts';
import type { TimerQueue } from '../../shared/core/ports.ts';
import { type DeadlineTimer, delaySeconds } from '../../shared/core/timer.ts';
import { announce } from '../../shared/gathering/announce.ts';
import { closeRequest } from '../../shared/gathering/close.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { inTurnIfMuch } from '../../shared/gathering/one-at-a-time.ts';

export interface Expiring extends Gathering {
  readonly timers: TimerQueue;
}

/** A request whose head is written later than its deadline, by a stalled distributor, is looked for again so long after. */
const STALLED_MS = 60_000;
/** A large close goes on without the timer, which looks again so long after whether it was left. */
const CLOSING_MS = 5_000;
/** A close that takes longer than this has something wrong with it, which a dead letter shows. */
const LONGEST_CLOSE_MS = 3_600_000;

/** Takes one timer: chains it, closes its request, or finds nothing left to do, which a glance tells at a tenth of a write's price. */
export async function expire(
  expiring: Expiring,
  timer: DeadlineTimer,
): Promise<'chained' | 'settled' | 'no-such-request'> {
  const { clock, timers, store } = expiring;
  const now = clock.now();
  const chain = async (deadlineAt: number, wakeAt = deadlineAt): Promise<'chained'> => {
    await timers.schedule({ ...timer, deadlineAt, hops: timer.hops + 1 }, delaySeconds(wakeAt, now));
    return 'chained';
  };
  if (now < timer.deadlineAt) return chain(timer.deadlineAt);
  const glanced = await store.glanceAtHead(timer.requestId, now);
  const head = glanced?.state === 'closed' ? glanced : await store.readHead(timer.requestId, now);
  if (head?.state === 'closed') return settled(expiring, head);
  // A registration that was repeated has a later deadline than the timer of the first one.
  if (head && now < head.deadlineAt) return chain(head.deadlineAt);
  const close = () => closeRequest(expiring, timer.requestId, 'deadline-passed');
  const closing = head && (await inTurnIfMuch(expiring, head, close));
  if (closing?.state === 'closed') return settled(expiring, closing);
  if (closing && now < timer.deadlineAt + LONGEST_CLOSE_MS) return chain(timer.deadlineAt, now + CLOSING_MS);
  if (closing) throw new FanfoldError('never-closes', 'a request is closing for longer than any should');
  return now < timer.deadlineAt + STALLED_MS ? chain(timer.deadlineAt, now + STALLED_MS) : 'no-such-request';
}

/** Whoever closed the request may have died before its notice was asked for. */
async function settled(expiring: Expiring, head: Head): Promise<'settled'> {
  await announce(expiring, head);
  return 'settled';
}
