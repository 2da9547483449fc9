/** The command line of a root. */
import { parseArgs } from 'node:util';

export interface Options {
  readonly port: number;
  readonly host: string;
  /** Batches of each results queue at a time. */
  readonly batches: number;
  /** Calls of the API under way at a time. */
  readonly calls: number;
  readonly envFile?: string;
  readonly help: boolean;
}

/** What a root was told that it does not take; the message is the one line to print. */
export class BadOption extends Error {}

const COUNTS = {
  port: { min: 0, max: 65_535, fallback: 8080 },
  batches: { min: 1, max: 1_000, fallback: 16 },
  calls: { min: 1, max: 100_000, fallback: 1_000 },
} as const;

const text = { type: 'string' } as const;
const OPTIONS = {
  ...{ port: text, host: text, batches: text, calls: text, 'env-file': text },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Reads the command line.
 *
 * @throws BadOption naming the option, and what it takes.
 */
export function readOptions(args: readonly string[]): Options {
  const values = parsed(args);
  const count = (name: keyof typeof COUNTS): number => inRange(name, values[name]);
  const envFile = values['env-file'];
  return {
    ...{ port: count('port'), batches: count('batches'), calls: count('calls') },
    ...{ host: values.host ?? '0.0.0.0', help: values.help },
    ...(envFile !== undefined && { envFile }),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    const [line = ''] = String((error as Error).message).split(/\.? ?\n|\. /);
    throw new BadOption(`${line}; npm run root -- --help names all options`, { cause: error });
  }
}

function inRange(name: keyof typeof COUNTS, value: string | undefined): number {
  const { min, max, fallback } = COUNTS[name];
  if (value === undefined) return fallback;
  if (/^\d{1,6}$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
  throw new BadOption(`--${name} takes a whole number from ${min} to ${max}, not "${value}"`);
}

export const HELP = `npm run root -- [options]: all services of a stack but its leaves, in one process.

  --port <n>        where the API listens (${COUNTS.port.fallback}; 0 for a free one)
  --host <name>     on which address (0.0.0.0)
  --batches <n>     batches of results under way at a time (${COUNTS.batches.fallback})
  --calls <n>       calls of the API under way at a time (${COUNTS.calls.fallback})
  --env-file <file> variables to set that the environment does not have
  --help

What it works with it takes from the environment: the stack's output RootEnvironment has all of it. docs/root.md
`;
