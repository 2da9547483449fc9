/** A roll-call on behalf of a job, whose audience is asked. */
import type { Attendee, Audience } from '../core/audience.ts';
import { ROLL_CALL_LEAST_MS } from '../core/limits.ts';
import { callRoll } from './call-roll.ts';
import type { RollCalling } from './context.ts';

export const whoIsPresent =
  (calling: RollCalling) =>
  async (owner: string, { services, windowMs }: Audience): Promise<readonly Attendee[]> => {
    const asked = { services, windowMs, minWindowMs: Math.min(ROLL_CALL_LEAST_MS, windowMs) };
    const { outcome } = await callRoll(calling, owner, asked);
    return outcome.present.map(({ address: _, answeredAfterMs: __, ...attendee }) => attendee);
  };
