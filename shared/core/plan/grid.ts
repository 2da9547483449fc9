/** A distribution as weights at whole multiples of a step, for what has no formula: sums, and queues. */
import { constant, type LeafTime } from './leaf-time.ts';

/** A time in ms, and how much of the distribution is taken to be there. */
interface Atom {
  readonly ms: number;
  readonly weight: number;
}

/** Slices of each power of ten of the distribution's tail: the last of six ends at one in a million. */
const SLICES = 100;
const DECADES = 6;

/** The distribution cut into slices, each at its middle: finer towards the tail, where few tasks make all the difference. */
export function atomsOf(leaf: LeafTime): Atom[] {
  const atoms: Atom[] = [];
  for (let decade = 0; decade < DECADES; decade++) {
    const rest = 10 ** -decade;
    const isLast = decade === DECADES - 1;
    const weight = (isLast ? rest : rest * 0.9) / SLICES;
    for (let slice = 0; slice < SLICES; slice++)
      atoms.push({ ms: leaf.quantile(1 - rest + (slice + 0.5) * weight), weight });
  }
  return atoms;
}

/** The mean, in ms, of what times make of `by`. */
export const meanOf = (atoms: readonly Atom[], by = (ms: number): number => ms): number =>
  atoms.reduce((sum, { ms, weight }) => sum + weight * by(ms), 0);

/**
 * Weights at 0, 1, 2 … steps; each atom is shared between its two neighbours, so that the mean stays what it is. Of at most
 * `most` cells the last takes what lies beyond it: a tail may reach a million times as far as the median.
 */
export function weightsOf(atoms: readonly Atom[], stepMs: number, most: number): Float64Array {
  const longest = Math.max(...atoms.map(({ ms }) => ms));
  const weights = new Float64Array(Math.min(most, Math.floor(longest / stepMs + 1e-9) + 2));
  const last = weights.length - 1;
  for (const { ms, weight } of atoms) {
    if (ms / stepMs >= last) {
      weights[last] = (weights[last] ?? 0) + weight;
      continue;
    }
    const below = Math.floor(ms / stepMs + 1e-9);
    const share = Math.max(0, ms / stepMs - below);
    weights[below] = (weights[below] ?? 0) + weight * (1 - share);
    weights[below + 1] = (weights[below + 1] ?? 0) + weight * share;
  }
  return weights;
}

const CELLS = 600;

/** The time of `count` tasks one after the other, each as `leaf`: `leaf` convolved with itself, in about `cells` steps. */
export function summed(leaf: LeafTime, count: number, cells = CELLS): LeafTime {
  if (count === 1) return leaf;
  const atoms = atomsOf(leaf);
  const mean = meanOf(atoms);
  const spread = Math.sqrt(
    Math.max(
      0,
      meanOf(atoms, (ms) => (ms - mean) ** 2),
    ),
  );
  if (spread < 1e-9 * mean) return constant(count * leaf.quantile(0.5));
  const longest = Math.max(...atoms.map(({ ms }) => ms));
  const reachMs = Math.min(count * longest, count * mean + 6 * Math.sqrt(count) * spread + longest);
  // A whole number of steps to the median, so that what is constant stays so; none to one that the tail leaves no room for.
  const steps = Math.round((leaf.quantile(0.5) * cells) / reachMs);
  const stepMs = steps > 0 ? leaf.quantile(0.5) / steps : reachMs / cells;
  return tabulated(power(weightsOf(atoms, stepMs, 2 * cells), count), stepMs);
}

function power(weights: Float64Array, exponent: number): Float64Array {
  if (exponent === 1) return weights;
  const half = power(weights, Math.floor(exponent / 2));
  const even = convolved(half, half);
  return exponent % 2 === 0 ? even : convolved(even, weights);
}

/** What would lie beyond the longest time of interest is taken to lie there. */
function convolved(left: Float64Array, right: Float64Array): Float64Array {
  const sum = new Float64Array(Math.min(left.length + right.length - 1, 2 * CELLS));
  left.forEach((a, i) => {
    if (a === 0) return;
    right.forEach((b, j) => {
      const cell = Math.min(i + j, sum.length - 1);
      sum[cell] = (sum[cell] ?? 0) + a * b;
    });
  });
  return sum;
}

function tabulated(weights: Float64Array, stepMs: number): LeafTime {
  let sum = 0;
  const cumulative = weights.map((weight) => {
    sum += weight;
    return sum;
  });
  const at = (share: number): number => {
    let [low, high] = [0, weights.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 1) >= share - 1e-12) high = middle;
      else low = middle + 1;
    }
    return low * stepMs;
  };
  const last = at(1 - 1e-9);
  return {
    cdf: (ms) => (ms >= last ? 1 : ms < 0 ? 0 : Math.min(1, cumulative[Math.floor(ms / stepMs + 1e-9)] ?? 1)),
    quantile: (share) => Math.min(last, at(share)),
  };
}
