/** Each purpose of a timer has its verb. */
import { deadlineTimers, type Timer } from '../../shared/core/timer.ts';
import { evaluate } from './evaluate.ts';
import { type Expiring, expire } from './expire.ts';
import { type HedgingTimer, hedge } from './hedge.ts';

/** What the verbs work with, all together. */
export type Timing = Expiring & HedgingTimer;

/** Takes one timer; throws on broken I/O alone: then it is to come again. */
export function takeTimer(timing: Timing, timer: Timer): Promise<unknown> {
  switch (timer.purpose) {
    case 'evaluate':
      return evaluate(timing, timer);
    case 'hedge':
      return hedge(timing, timer);
    case 'expire':
      return expire(timing, timer);
    default:
      // Of before there was a warden.
      return Promise.all(deadlineTimers(timer, timing.clock.now()).map((due) => timing.timers.schedule(...due)));
  }
}
