/** The work of `jobs/calibrate`, for peers: a task that makes up as many bytes as it was asked for, and the fold of its results. */
import { createHash } from 'node:crypto';

export const load = ({ index, bytes }) => ({ index, filler: noise(index, bytes) });

/** As `jobs/calibrate` has it, which pays for it too. */
function noise(index, bytes) {
  const outputLength = Math.ceil((bytes * 3) / 4);
  const hash = createHash('shake256', { outputLength }).update(`calibrate ${index}`);
  return bytes > 0 ? hash.digest('base64url').slice(0, bytes) : '';
}

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
