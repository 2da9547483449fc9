/** Each purpose of a timer has its verb. */
import type { Timer } from '../../shared/core/timer.ts';
import { type Evaluating, evaluate } from './evaluate.ts';
import { expire } from './expire.ts';

/** Takes one timer; throws on broken I/O alone: then it is to come again. */
export const takeTimer = (evaluating: Evaluating, timer: Timer): Promise<unknown> =>
  timer.purpose === 'evaluate' ? evaluate(evaluating, timer) : expire(evaluating, timer);
