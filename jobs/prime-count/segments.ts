/**
 * Counting primes by a segmented sieve over odd numbers, a byte each: memory grows with the square root of `to`, never
 * with the width of the range. Exact for `to` up to 2^53.
 */

/** Odd numbers sieved at once: 256 KiB stay in a core's L2 cache (1 MiB on Graviton2 and later). */
const SEGMENT_ODDS = 256 * 1024;

interface Sieve {
  /** The odd primes up to the square root of the range's end, at least, ascending. */
  readonly primes: Int32Array;
  /** For each prime at work, how many odd numbers into the next segment its next multiple is. */
  readonly offsets: Int32Array;
  /** How many primes are at work: those whose square the sieve has reached. */
  active: number;
}

/** The odd primes up to `limit` at least, ascending: more than are needed are never put to work. */
function oddPrimesUpTo(limit: number): Int32Array {
  if (limit > known.limit) known = { limit, primes: sieveOddPrimes(limit) };
  return known.primes;
}

/** Kept from task to task: a thousand small tasks would sieve them a thousand times. */
let known: { readonly limit: number; readonly primes: Int32Array } = { limit: 0, primes: Int32Array.of() };

function sieveOddPrimes(limit: number): Int32Array {
  const composite = new Uint8Array(limit + 1);
  const primes: number[] = [];
  for (let candidate = 3; candidate <= limit; candidate += 2) {
    if (composite[candidate]) continue;
    primes.push(candidate);
    for (let multiple = candidate * candidate; multiple <= limit; multiple += 2 * candidate) composite[multiple] = 1;
  }
  return Int32Array.from(primes);
}

/** How many odd numbers after `firstOdd` the first odd multiple of `prime` comes that is its square or more. */
function oddsToFirstMultiple(prime: number, firstOdd: number): number {
  const square = prime * prime;
  if (square >= firstOdd) return (square - firstOdd) / 2;
  const gap = (prime - (firstOdd % prime)) % prime;
  return (gap % 2 === 0 ? gap : gap + prime) / 2;
}

/** Puts the primes to work that the segment starting at `firstOdd` is the first to need. */
function activate(sieve: Sieve, firstOdd: number, length: number): void {
  const { primes, offsets } = sieve;
  for (; sieve.active < primes.length; sieve.active++) {
    const prime = primes[sieve.active] as number;
    if (prime * prime >= firstOdd + 2 * length) return;
    offsets[sieve.active] = oddsToFirstMultiple(prime, firstOdd);
  }
}

/**
 * Strikes out the odd multiples of every prime at work, and counts the numbers that are left.
 * The loops stay in one function: V8 inlines small hot ones into a caller that it optimizes less, at a third of the speed.
 */
function countSegment(sieve: Sieve, segment: Uint8Array, firstOdd: number): number {
  const { primes, offsets } = sieve;
  const length = segment.length;
  segment.fill(0);
  activate(sieve, firstOdd, length);
  for (let index = 0; index < sieve.active; index++) {
    const prime = primes[index] as number;
    let offset = offsets[index] as number;
    for (; offset < length; offset += prime) segment[offset] = 1;
    offsets[index] = offset - length;
  }
  let composites = 0;
  for (let index = 0; index < length; index++) composites += segment[index] as number;
  return length - composites;
}

/**
 * Yields how many primes each successive segment of [from, to) holds; their sum is the count for the range.
 * A caller may stop, or let others run, between segments.
 */
export function* primesBySegment(from: number, to: number): Generator<number> {
  if (from <= 2 && to > 2) yield 1;
  const firstOdd = Math.max(3, from % 2 === 0 ? from + 1 : from);
  const odds = Math.max(0, Math.ceil((to - firstOdd) / 2));
  const primes = oddPrimesUpTo(Math.floor(Math.sqrt(to)));
  const sieve: Sieve = { primes, offsets: new Int32Array(primes.length), active: 0 };
  const buffer = new Uint8Array(Math.min(odds, SEGMENT_ODDS));
  for (let done = 0; done < odds; done += buffer.length)
    yield countSegment(sieve, buffer.subarray(0, odds - done), firstOdd + 2 * done);
}
