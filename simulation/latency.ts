/** How long something takes, in ms: always as long, about as long, or now and then much longer. */
import type { Random } from './random.ts';

export type Latency =
  | number
  | { readonly kind: 'lognormal'; readonly medianMs: number; readonly sigma: number }
  | { readonly kind: 'stragglers'; readonly medianMs: number; readonly share: number; readonly factor: number };

/** How much those differ that are no stragglers: one in a hundred takes half as long again as the median. */
const STRAGGLERS_SIGMA = 0.175;

/** One duration in ms. */
export function drawLatency(latency: Latency, random: Random): number {
  if (typeof latency === 'number') return latency;
  if (latency.kind === 'lognormal') return latency.medianMs * Math.exp(latency.sigma * normal(random));
  const usual = latency.medianMs * Math.exp(STRAGGLERS_SIGMA * normal(random));
  return random.chance(latency.share) ? usual * latency.factor : usual;
}

/** A standard normal variate (Box and Muller, Annals of Mathematical Statistics 29, 1958). */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
