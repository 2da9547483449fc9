/**
 * The warden guards deadlines: from shortly before one it sees that its request is closed, and has it closed by the timer's
 * function, again and again until it is. It does no work that takes long, so that a message of its own that is lost comes
 * again within seconds. A late or repeated call is harmless: a closed request is left alone.
 */
import { FanfoldError } from '../../shared/core/errors.ts';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import type { TimerQueue } from '../../shared/core/ports/work.ts';
import { type DeadlineTimer, deadlineTimers, delaySeconds, GUARDED_MS } from '../../shared/core/timer.ts';
import { announce } from '../../shared/gathering/announce.ts';
import type { Gathering } from '../../shared/gathering/context.ts';

export interface Guarding extends Pick<Gathering, 'clock' | 'notices' | 'telemetry'> {
  readonly store: Pick<GatheringStore, 'glanceAtHead' | 'readHead'>;
  readonly timers: TimerQueue;
}

/** A request whose head is written later than its deadline, by a stalled distributor, is looked for again so long after. */
const STALLED_MS = 60_000;
/** A close that takes longer than this has something wrong with it, which a dead letter shows. */
const LONGEST_CLOSE_MS = 3_600_000;

/** Takes one look: sleeps on, has its request closed, or finds nothing left to do, which a glance tells at a tenth of a write's price. */
export async function guard(
  guarding: Guarding,
  timer: DeadlineTimer,
): Promise<'asleep' | 'guarded' | 'settled' | 'no-such-request'> {
  const { clock, timers, store } = guarding;
  const { requestId, hops } = timer;
  const now = clock.now();
  const goOn = async (deadlineAt: number): Promise<void> => {
    const due = deadlineTimers({ requestId, deadlineAt, hops: hops + 1 }, now);
    await Promise.all(due.map((each) => timers.schedule(...each)));
  };
  const asleep = now < timer.deadlineAt - GUARDED_MS;
  const glanced = asleep ? undefined : await store.glanceAtHead(requestId, now);
  const head = asleep || glanced?.state === 'closed' ? glanced : await store.readHead(requestId, now);
  if (asleep || (head && now < head.deadlineAt - GUARDED_MS)) {
    // A registration that was repeated has a later deadline than the timer of the first one.
    await goOn(head?.deadlineAt ?? timer.deadlineAt);
    return 'asleep';
  }
  if (!head) {
    if (now >= timer.deadlineAt + STALLED_MS) return 'no-such-request';
    const again = now < timer.deadlineAt ? timer.deadlineAt : now + STALLED_MS;
    await timers.schedule({ ...timer, hops: hops + 1 }, delaySeconds(again, now));
    return 'asleep';
  }
  if (head.state === 'closed') {
    // Whoever closed it may have died before its notice was asked for.
    await announce(guarding, head);
    return 'settled';
  }
  if (now >= head.deadlineAt + LONGEST_CLOSE_MS)
    throw new FanfoldError('never-closes', 'a request is closing for longer than any should');
  await goOn(head.deadlineAt);
  return 'guarded';
}
