/** How long the tasks of one request may take: an abort signal for the leaf, and a promise for whoever waits on it. */
import type { Clock, Timers } from '../../shared/core/ports/runtime.ts';

export interface Patience extends Disposable {
  readonly signal: AbortSignal;
  readonly over: Promise<Over>;
  /** Ends it now: the request has ended. */
  readonly cutShort: () => void;
}

/** Its time has come, or nobody waits any more. */
export type Over = 'over' | 'unwanted';

/** Ends at `endsAt` (epoch ms): `over` resolves first, then `signal` fires, so that an abort is never taken for an error. */
export function patienceUntil(clock: Pick<Clock, 'now'>, timers: Pick<Timers, 'after'>, endsAt: number): Patience {
  const abort = new AbortController();
  const { promise, resolve } = Promise.withResolvers<Over>();
  const end = (why: Over, reason: DOMException): void => {
    resolve(why);
    abort.abort(reason);
  };
  const timeIsOver = () => end('over', new DOMException('the time for this task is over', 'TimeoutError'));
  const callOff = timers.after(Math.max(0, endsAt - clock.now()), timeIsOver);
  return {
    ...{ signal: abort.signal, over: promise, [Symbol.dispose]: callOff },
    cutShort: () => end('unwanted', new DOMException('the request has ended', 'AbortError')),
  };
}
