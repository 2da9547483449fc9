/** The work of `jobs/calibrate`, for peers: a task that does nothing, and the fold of its results. */

export const load = ({ index, bytes }) => ({ index, filler: 'x'.repeat(bytes) });

export const gather = (values) =>
  values.reduce(
    (sum, { index, filler }) => ({
      tasks: sum.tasks + 1,
      sumOfIndexes: sum.sumOfIndexes + index,
      bytes: sum.bytes + filler.length,
    }),
    { tasks: 0, sumOfIndexes: 0, bytes: 0 },
  );

/** Payloads like those of `split`. */
export const payloads = ({ tasks, resultBytes }) =>
  Array.from({ length: tasks }, (_, index) => ({ index, bytes: resultBytes, ms: 0, fails: false }));
