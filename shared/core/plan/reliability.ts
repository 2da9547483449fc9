/** How likely a request is to be answered, from how likely one leaf is. Leaves fail independently of each other. */

/** The largest number of tasks whose every answer comes with probability `target` at least: the n of a^n ≥ target. */
export const mostTasksForAll = (availability: number, target: number): number =>
  availability === 1 ? Number.POSITIVE_INFINITY : Math.floor(Math.log(target) / Math.log(availability) + 1e-9);

/**
 * The probability that `successes` of `tasks` leaves answer at least: the upper tail of the binomial distribution
 * (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.6.18), added up in logarithms so that no term underflows.
 */
export function availabilityOfQuorum(availability: number, tasks: number, successes: number): number {
  if (successes <= 0) return 1;
  if (availability === 0 || availability === 1) return availability;
  const odds = Math.log(availability) - Math.log1p(-availability);
  let logTerm = tasks * Math.log(availability);
  let sum = 0;
  for (let count = tasks; count >= successes; count--) {
    sum += Math.exp(logTerm);
    logTerm += Math.log(count) - Math.log(tasks - count + 1) - odds;
  }
  return Math.min(1, sum);
}

/** The largest quorum that `tasks` leaves reach with probability `target` at least; 0 when not even one answer is. */
export function quorumFor(availability: number, tasks: number, target: number): number {
  let low = 0;
  let high = tasks;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (availabilityOfQuorum(availability, tasks, middle) >= target) low = middle;
    else high = middle - 1;
  }
  return low;
}
