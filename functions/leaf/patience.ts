/** How long the tasks of one message may take: an abort signal for the leaf, and a promise for whoever waits on it. */
import type { Clock, Timers } from '../../shared/core/ports.ts';

export interface Patience extends Disposable {
  readonly signal: AbortSignal;
  readonly over: Promise<'over'>;
}

/** Ends at `endsAt` (epoch ms): `over` resolves first, then `signal` fires, so that an abort is never taken for an error. */
export function patienceUntil(clock: Pick<Clock, 'now'>, timers: Pick<Timers, 'after'>, endsAt: number): Patience {
  const abort = new AbortController();
  const { promise, resolve } = Promise.withResolvers<'over'>();
  const end = (): void => {
    resolve('over');
    abort.abort(new DOMException('the time for this task is over', 'TimeoutError'));
  };
  const callOff = timers.after(Math.max(0, endsAt - clock.now()), end);
  return { signal: abort.signal, over: promise, [Symbol.dispose]: callOff };
}
