import { parseArgs } from 'node:util';

export interface Options {
  readonly json: boolean;
  /** Sizes of requests, in tasks. */
  readonly tasks: readonly number[];
  /** Sizes of results, in bytes. */
  readonly bytes: readonly number[];
  /** Draws the order in which queues hand out what they hold, and what comes twice. */
  readonly seed: number;
  /** Whether to measure once more with a tenth of all messages coming twice. */
  readonly duplicates: boolean;
}

const TASKS = '10,100,1000,10000,100000';
const BYTES = '200,4096';

/** Reads the command line. Throws on whatever it does not know. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      tasks: { type: 'string', default: TASKS },
      bytes: { type: 'string', default: BYTES },
      max: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      duplicates: { type: 'boolean', default: false },
    },
  });
  const max = wholeNumber('max', values.max);
  return {
    json: values.json,
    tasks: wholeNumbers('tasks', values.tasks).filter((tasks) => tasks <= max),
    bytes: wholeNumbers('bytes', values.bytes),
    seed: wholeNumber('seed', values.seed),
    duplicates: values.duplicates,
  };
}

const wholeNumbers = (name: string, list: string): number[] =>
  list
    .split(',')
    .map((text) => wholeNumber(name, text))
    .toSorted((left, right) => left - right);

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text) || (name === 'tasks' && Number(text) < 2))
    throw new RangeError(`--${name} takes whole numbers${name === 'tasks' ? ' from 2' : ''}, not "${text}"`);
  return Number(text);
}
