/**
 * A leaf that checks the request asks whether it still is open: before each message, and every few seconds while tasks run.
 * A question that gets no answer is none: a check must never lose work.
 */
import { messageOf } from '../../shared/core/errors.ts';
import { LIMITS, REQUEST_CHECK_MS } from '../../shared/core/limits.ts';
import type { RequestStates } from '../../shared/core/ports/request-facts.ts';
import type { Clock, Timers } from '../../shared/core/ports/runtime.ts';
import type { Telemetry } from '../../shared/core/ports/telemetry.ts';

export interface Asking {
  /** Absent where the leaf does not check. */
  readonly states?: RequestStates;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly telemetry: Telemetry;
}

export interface Watch extends Disposable {
  readonly ended: boolean;
  /** Asks, unless somebody has a moment ago. Absent where the leaf does not check. */
  readonly ask?: () => Promise<void>;
}

/** Watches a request until it is disposed of; `onEnd` is called once, when it is found to have ended. */
export function watchRequest(asking: Asking, requestId: string, onEnd: () => void): Watch {
  const { states, clock, timers } = asking;
  if (!states) return UNWATCHED;
  let [askedAt, ended, stopped] = [Number.NEGATIVE_INFINITY, false, false];
  let callOff = (): void => undefined;
  const ask = async (): Promise<void> => {
    if (ended || stopped || clock.now() < askedAt + REQUEST_CHECK_MS.fresh) return;
    askedAt = clock.now();
    const over = await hasEnded(states, asking, requestId);
    if (ended || stopped) return;
    callOff();
    ended = over;
    if (over) onEnd();
    else callOff = timers.after(REQUEST_CHECK_MS.every, () => void ask());
  };
  return {
    get ended() {
      return ended;
    },
    ask,
    [Symbol.dispose]() {
      stopped = true;
      callOff();
    },
  };
}

export const UNWATCHED: Watch = { ended: false, [Symbol.dispose]: () => undefined };

async function hasEnded(states: RequestStates, { telemetry }: Asking, requestId: string): Promise<boolean> {
  try {
    return (await states.stateOf(requestId)) !== 'open';
  } catch (error) {
    telemetry.warn('request not checked', { requestId, reason: messageOf(error, LIMITS.messageLength) });
    return false;
  }
}
