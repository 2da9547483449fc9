/** Primality without a sieve, to check one by. */

/** These bases decide every number below 341,550,071,728,321 (OEIS A014233). */
const WITNESSES = [2n, 3n, 5n, 7n, 11n, 13n, 17n];

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** Whether `witness` proves the odd `candidate` = odd × 2^twos + 1 composite. */
function provesComposite(witness: bigint, candidate: bigint, odd: bigint, twos: number): boolean {
  let value = power(witness, odd, candidate);
  if (value === 1n) return false;
  for (let step = 0; step < twos; step++) {
    if (value === candidate - 1n) return false;
    value = (value * value) % candidate;
  }
  return true;
}

/** Whether a whole number below 3.4 × 10^14 is prime, by the deterministic Miller–Rabin test. */
export function isPrime(number: number): boolean {
  const candidate = BigInt(number);
  if (candidate < 2n) return false;
  for (const prime of WITNESSES) if (candidate % prime === 0n) return candidate === prime;
  let odd = candidate - 1n;
  let twos = 0;
  for (; odd % 2n === 0n; twos++) odd /= 2n;
  return !WITNESSES.some((witness) => provesComposite(witness, candidate, odd, twos));
}
