/** What a run of `calibrate` must answer, whoever runs it. */

export const RESULT_BYTES = 200;

/** Throws if a task is missing from `aggregate`, or in it twice. */
export function assertExact(aggregate: unknown, tasks: number): void {
  const exact = { tasks, sumOfIndexes: (tasks * (tasks - 1)) / 2, bytes: tasks * RESULT_BYTES };
  const counted = new Map(Object.entries(aggregate ?? {}));
  const wrong = Object.entries(exact).some(([name, value]) => counted.get(name) !== value);
  if (wrong) throw new Error(`wrong answer: ${JSON.stringify(aggregate)} instead of ${JSON.stringify(exact)}`);
}
