/** How long the tasks of one message may take: an abort signal for the leaf, and a promise for whoever waits on it. */
import type { Clock } from '../../shared/core/ports.ts';

export interface Patience extends Disposable {
  readonly signal: AbortSignal;
  readonly over: Promise<'over'>;
}

/** Ends at `endsAt` (epoch ms): `over` resolves first, then `signal` fires, so that an abort is never taken for an error. */
export function patienceUntil(clock: Clock, endsAt: number): Patience {
  const abort = new AbortController();
  const { promise, resolve } = Promise.withResolvers<'over'>();
  const end = (): void => {
    resolve('over');
    abort.abort(new DOMException('the time for this task is over', 'TimeoutError'));
  };
  const timer = setTimeout(end, Math.max(0, endsAt - clock.now()));
  return { signal: abort.signal, over: promise, [Symbol.dispose]: () => clearTimeout(timer) };
}
