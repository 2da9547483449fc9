/** How likely a request is to be answered, from how likely one leaf is. Leaves fail independently of each other. */

/** The largest number of tasks whose every answer comes with probability `target` at least: the n of a^n ≥ target. */
export const mostTasksForAll = (availability: number, target: number): number =>
  availability === 1 ? Number.POSITIVE_INFINITY : Math.floor(Math.log(target) / Math.log(availability) + 1e-9);

/** The probabilities that `tasks`, one fewer, two fewer … answer, in logarithms until the last, so that no term underflows. */
function* exactly(availability: number, tasks: number): Generator<number> {
  const odds = Math.log(availability) - Math.log1p(-availability);
  let logTerm = tasks * Math.log(availability);
  for (let count = tasks; count >= 0; count--) {
    yield Math.exp(logTerm);
    logTerm += Math.log(count) - Math.log(tasks - count + 1) - odds;
  }
}

/** A sum of probabilities to which nothing is added any more. */
const WHOLE = 1 - 1e-15;

/**
 * The probability that `successes` of `tasks` leaves answer at least: the upper tail of the binomial distribution
 * (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.6.18).
 */
export function availabilityOfQuorum(availability: number, tasks: number, successes: number): number {
  if (successes <= 0) return 1;
  if (availability === 0 || availability === 1) return availability;
  if (successes === tasks) return availability ** tasks;
  let [sum, left] = [0, tasks - successes + 1];
  for (const term of exactly(availability, tasks)) {
    sum += term;
    if (--left === 0 || sum >= WHOLE) break;
  }
  return Math.min(1, sum);
}

/** The largest quorum that `tasks` leaves reach with probability `target` at least; 0 when not even one answer is. */
export function quorumFor(availability: number, tasks: number, target: number): number {
  if (availability === 0 || availability === 1) return availability * tasks;
  let [sum, successes] = [0, tasks];
  for (const term of exactly(availability, tasks)) {
    sum += term;
    if (sum >= target || successes === 0) return successes;
    successes--;
  }
  return 0;
}
