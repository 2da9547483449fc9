/** The side of a program that talks to the bench: says what it is, then answers one message at a time until it is let go. */

/** Longest that cleaning up may take: what would be cleaned may be gone. */
const CLEANING_MS = 5_000;

/**
 * @param {string} about what is measured, to be shown
 * @param {(load: { tasks: number, resultBytes: number }) => Promise<{ ms: number, aggregate: unknown }>} answer
 * @param {() => Promise<void>} [end] what is left to clean up
 */
export function answering(about, answer, end = async () => undefined) {
  process.on('message', (load) => {
    answer(load).then(
      (reply) => process.send?.(reply),
      (error) => process.send?.({ complaint: String(error) }),
    );
  });
  process.once('disconnect', () => {
    setTimeout(() => process.exit(), CLEANING_MS);
    end().finally(() => process.exit());
  });
  process.send?.({ about });
}
