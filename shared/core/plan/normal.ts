/** The normal distribution, exact in its upper tail too: the slowest of a million leaves lies where 1 − cdf loses all digits. */

const CONVERGED = 1e-16;

/** The probability that a standard normal variable is above `z`: erfc(z / √2) / 2. */
export function above(z: number): number {
  if (z < 0) return 1 - above(-z);
  return z < 2.5 ? 0.5 - density(z) * series(z) : density(z) / continuedFraction(z);
}

const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 26.2.11. */
function series(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; term > sum * CONVERGED; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return sum;
}

/** The same, 26.2.14, from its 60th term up. */
function continuedFraction(z: number): number {
  let value = z;
  for (let term = 60; term >= 1; term--) value = z + term / value;
  return value;
}

/**
 * The z that a standard normal variable is above with probability `share`: Abramowitz and Stegun, 26.2.23, made exact by
 * Newton's method.
 */
export function zAbove(share: number): number {
  if (share > 0.5) return -zAbove(1 - share);
  if (share <= 0) return Number.POSITIVE_INFINITY;
  const t = Math.sqrt(-2 * Math.log(share));
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let round = 0; round < 3; round++) z += (above(z) - share) / density(z);
  return z;
}
