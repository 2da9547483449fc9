/**
 * Seeds of the property tests. Everybody runs the same ones, so that a red build is red for all; `FANFOLD_SEED` runs
 * another one, and a failure prints the command that repeats it.
 */
import fc from 'fast-check';

const DEFAULT_SEED = 20_261;

/** `FANFOLD_SEED`, if somebody asks for a seed of their own. */
export const chosenSeed: number | undefined = wholeNumber('FANFOLD_SEED');

/** A whole number from the environment; refuses anything else. */
export function wholeNumber(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  if (!/^-?\d+$/.test(text)) throw new RangeError(`${name} must be a whole number, not "${text}"`);
  return Number(text);
}

/** The command that repeats a failure of `file` (relative to the project). */
export const replayCommand = (file: string, seed: number): string => `FANFOLD_SEED=${seed} npx vitest run ${file}`;

/** Checks a property of fast-check's; a failure names its counterexample and the command that repeats it. */
export async function check<Values extends unknown[]>(
  file: string,
  property: fc.IProperty<Values> | fc.IAsyncProperty<Values>,
  runs = 200,
): Promise<void> {
  const details = await fc.check(property, { seed: chosenSeed ?? DEFAULT_SEED, numRuns: runs });
  if (!details.failed) return;
  const report = fc.defaultReportMessage(details) ?? 'the property does not hold';
  throw new Error(`${report}\nReplay: ${replayCommand(file, details.seed)}`, { cause: details.errorInstance });
}
