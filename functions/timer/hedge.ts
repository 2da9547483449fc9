/**
 * A hedge's timer has stragglers of a request sent again that nobody waits for at the moment. A late or repeated call is
 * harmless: what is in, or was sent again, is not sent again.
 */
import type { TimerQueue } from '../../shared/core/ports/work.ts';
import { delaySeconds, type HedgeTimer } from '../../shared/core/timer.ts';
import { createHedger, type Hedging } from '../../shared/gathering/hedge.ts';
import { inTurnIfMuch } from '../../shared/gathering/one-at-a-time.ts';

export interface HedgingTimer extends Hedging {
  readonly timers: TimerQueue;
}

/** Takes one timer: sends again what is due, and comes again for what will be before the deadline. */
export async function hedge(hedging: HedgingTimer, timer: HedgeTimer): Promise<'chained' | 'settled'> {
  const { store, clock, timers } = hedging;
  const head = await store.readHead(timer.requestId, clock.now());
  const nextAt = head && (await inTurnIfMuch(hedging, head, () => createHedger(hedging)(head)));
  if (nextAt === undefined || nextAt >= timer.deadlineAt) return 'settled';
  await timers.schedule({ ...timer, hops: timer.hops + 1 }, delaySeconds(nextAt, clock.now()));
  return 'chained';
}
