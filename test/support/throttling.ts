/** Says which calls a service throttles or fails: `every(3, 'throttle', { action: 'UpdateItem' })`. */
import type { Intercept, ServiceCall, Verdict } from '../../local/services/intercept.ts';

type Matching = Partial<Pick<ServiceCall, 'service' | 'action' | 'functionId'>>;

/** Gives `verdict` to each `nth` of the calls that are as `matching` says, and lets all others pass. */
export function every(nth: number, verdict: Verdict, matching: Matching = {}): Intercept {
  const due = everyNth(nth);
  return (call) => (matches(call, matching) && due() ? verdict : 'pass');
}

/** The first verdict that is none of `pass`. */
export const either =
  (...intercepts: readonly Intercept[]): Intercept =>
  (call) =>
    intercepts.map((intercept) => intercept(call)).find((verdict) => verdict !== 'pass') ?? 'pass';

/** True at each `nth` call. */
export function everyNth(nth: number): () => boolean {
  let calls = 0;
  return () => ++calls % nth === 0;
}

function matches({ service, action, functionId }: ServiceCall, wanted: Matching): boolean {
  const { service: s = service, action: a = action, functionId: f = '' } = wanted;
  return service === s && action === a && functionId.includes(f);
}
