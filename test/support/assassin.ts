/** Kills one function at a chosen one of its calls to AWS: before the service has seen it, or after. */
import type { Intercept, ServiceCall } from '../../local/services/intercept.ts';

export interface Death {
  readonly verdict: 'kill-before' | 'kill-after';
  /** The call it happens at, from 1. */
  readonly at: number;
}

export interface Assassin {
  readonly intercept: Intercept;
  /** The calls that were died at. */
  readonly killed: readonly string[];
}

/** Every death at one of the first `calls` calls. */
export const deathsAt = (calls: number): Death[] =>
  Array.from({ length: calls }, (_, index) => index + 1).flatMap((at) => [
    { verdict: 'kill-before' as const, at },
    { verdict: 'kill-after' as const, at },
  ]);

/** One death, at the function's n-th call from now on, of those that `counts`. */
export const killOnce = (victim: string, death: Death, counts: (call: ServiceCall) => boolean = () => true): Assassin =>
  assassin(victim, [death], (call) => (counts(call) ? 'all' : undefined));

/** One death for each request, in the order requests are first seen, at the n-th call that names the request. */
export const killPerRequest = (victim: string, deaths: readonly Death[]): Assassin =>
  assassin(victim, deaths, ({ body }) => REQUEST_ID.exec(JSON.stringify(body))?.[0]);

const REQUEST_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

function assassin(
  victim: string,
  deaths: readonly Death[],
  groupOf: (call: ServiceCall) => string | undefined,
): Assassin {
  const waiting = deaths.values();
  const fates = new Map<string, { death: Death | undefined; calls: number }>();
  const killed: string[] = [];
  const intercept: Intercept = (call) => {
    const group = call.functionId.includes(victim) ? groupOf(call) : undefined;
    if (group === undefined) return 'pass';
    const fate = fates.get(group) ?? { death: waiting.next().value, calls: 0 };
    fates.set(group, fate);
    fate.calls++;
    if (!fate.death || fate.calls !== fate.death.at) return 'pass';
    killed.push(`${fate.death.verdict} ${fate.death.at} ${call.action}`);
    return fate.death.verdict;
  };
  return { intercept, killed };
}
