/** The command line of the planner. */
import { parseArgs } from 'node:util';
import { direct, queue } from '../shared/core/job.ts';
import { DEADLINE_MS, LIMITS, LONGEST_LEAF_MS } from '../shared/core/limits.ts';
import { DEFAULTS, type Question } from '../shared/core/plan/question.ts';
import { HISTORY_EXPORT } from './history-file.ts';
import { BadHistory, LEAF_FORMS, leafTimeOf, numberOf } from './leaf-spec.ts';

export interface Options {
  readonly question: Question;
  /** How `--leaf-ms` was said. */
  readonly leaf?: string;
  readonly json: boolean;
  /** A file to draw the curve into. */
  readonly svg?: string;
  readonly help: boolean;
}

/** What somebody wrote that the planner does not take; the message is the one line to print. */
export class BadOption extends Error {}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly whole?: true;
  readonly says: string;
}

const TIME = { min: 0, max: DEADLINE_MS.max } as const;

const NUMBERS = {
  'work-ms': { ...TIME, min: 1, says: 'all of the work, as long as one leaf would take for it' },
  tasks: { min: 1, max: LIMITS.tasksPerRequest, whole: true, says: 'exactly so many tasks' },
  'overhead-ms': { ...TIME, says: `what each message adds, one after another (${DEFAULTS.overheadMs})` },
  'request-ms': { ...TIME, says: `what a request takes besides (${DEFAULTS.requestMs})` },
  availability: { min: 0.001, max: 1, says: 'the probability that a task is answered, retries included (1)' },
  target: { min: 0.001, max: 0.999999999, says: 'the least probability that a request is complete' },
  'deadline-ms': { min: DEADLINE_MS.min, max: DEADLINE_MS.max, says: 'when the answer is wanted' },
  dollars: { min: 1e-9, max: 1e6, says: 'what a request may cost' },
  'tasks-per-message': { min: 1, max: LIMITS.tasksPerMessage, whole: true, says: 'tasks that ride together' },
  'batch-size': { min: 1, max: 10, whole: true, says: 'with --delivery queue: messages an invocation takes (10)' },
  'max-concurrency': { min: 1, max: 1_000, whole: true, says: 'environments the leaf may have' },
  concurrency: { min: 1, max: 1_000_000, whole: true, says: `executions of the account (${DEFAULTS.concurrency})` },
  'memory-mb': { min: 128, max: 10_240, whole: true, says: `the leaf's memory (${DEFAULTS.memoryMb})` },
  'timeout-ms': { min: 1_000, max: LONGEST_LEAF_MS, whole: true, says: `the leaf's timeout (${DEFAULTS.timeoutMs})` },
  'payload-bytes': { min: 0, max: LIMITS.payloadBytes, whole: true, says: 'of a task, as JSON (200)' },
  'result-bytes': { min: 0, max: LIMITS.valueBytes, whole: true, says: 'of a result, as JSON (200)' },
  'requests-per-second': { min: 0.001, max: 1_000_000, says: 'such requests: how many roots carry them' },
  'root-utilization': { min: 0.05, max: 0.95, says: `of a root's processor at most (${DEFAULTS.rootUtilization})` },
  'root-calls': { min: 1, max: 100_000, whole: true, says: `calls of a root under way (${DEFAULTS.rootCalls})` },
  'root-spare': { min: 0, max: 1_000, whole: true, says: `roots that may be missing (${DEFAULTS.rootSpare})` },
  'root-request-ms': { ...TIME, says: `a root's processor time for a request (${DEFAULTS.rootRequestMs})` },
  'root-message-ms': { ...TIME, says: `and for each message (${DEFAULTS.rootMessageMs})` },
  'root-task-ms': { ...TIME, says: `and for each task (${DEFAULTS.rootTaskMs})` },
} as const satisfies Readonly<Record<string, Range>>;
type NumberName = keyof typeof NUMBERS;

const CHOICES = { delivery: ['direct', 'queue'], completion: ['all', 'quorum'] } as const;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const OPTIONS = {
  ...(Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, text])) as Record<NumberName, typeof text>),
  ...{ 'leaf-ms': text, delivery: text, completion: text, svg: text },
  ...{ json: flag, help: flag },
} as const;

/**
 * Reads the command line.
 *
 * @throws BadOption naming the option, and what it takes.
 */
export function readOptions(args: readonly string[]): Options {
  const values = parsed(args);
  const numbers = Object.fromEntries(
    (Object.keys(NUMBERS) as NumberName[]).map((name) => [name, inRange(name, values[name])]),
  ) as Record<NumberName, number | undefined>;
  const delivery = chosen('delivery', values.delivery);
  if (numbers['batch-size'] !== undefined && delivery !== 'queue')
    throw new BadOption('--batch-size is for --delivery queue');
  const forRoots = (Object.keys(NUMBERS) as NumberName[]).find(
    (name) => name.startsWith('root-') && numbers[name] !== undefined,
  );
  if (forRoots && numbers['requests-per-second'] === undefined)
    throw new BadOption(`--${forRoots} is for --requests-per-second`);
  const question: Question = {
    ...camel(numbers),
    leafTime: leafTime(values['leaf-ms']),
    completion: chosen('completion', values.completion),
    delivery: deliveryOf(delivery, numbers),
  };
  return { question, leaf: values['leaf-ms'], svg: values.svg, json: values.json, help: values.help };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    const [line = ''] = String((error as Error).message).split(/\.? ?\n|\. /);
    throw new BadOption(`${line}; npm run plan -- --help names all options`, { cause: error });
  }
}

function inRange(name: NumberName, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const { min, max, whole }: Range = NUMBERS[name];
  const number = numberOf(value);
  if (number >= min && number <= max && (!whole || Number.isInteger(number))) return number;
  throw new BadOption(`--${name} takes a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not "${value}"`);
}

function chosen<Name extends keyof typeof CHOICES>(name: Name, value: string | undefined) {
  const choices: readonly (typeof CHOICES)[Name][number][] = CHOICES[name];
  const choice = choices.find((each) => each === value);
  if (value === undefined || choice) return choice;
  throw new BadOption(`--${name} takes ${choices.join(' or ')}, not "${value}"`);
}

function leafTime(value: string | undefined): Question['leafTime'] {
  const time = value === undefined ? undefined : leafTimeIn(value);
  if (value !== undefined && !time)
    throw new BadOption(
      `--leaf-ms takes ms above 0, lognormal:p50,p99, quantiles:share=ms,… ascending, stragglers:ms,share,slow-ms, or history:file, not "${value}"`,
    );
  return time;
}

function leafTimeIn(value: string) {
  try {
    return leafTimeOf(value);
  } catch (cause) {
    if (!(cause instanceof BadHistory)) throw cause;
    throw new BadOption(`--leaf-ms: ${cause.message}`, { cause });
  }
}

function deliveryOf(kind: 'direct' | 'queue' | undefined, numbers: Record<NumberName, number | undefined>) {
  const [batchSize, maxConcurrency] = [numbers['batch-size'], numbers['max-concurrency']];
  const most = { ...(maxConcurrency !== undefined && { maxConcurrency }) };
  return kind === 'queue' ? queue({ ...(batchSize !== undefined && { batchSize }), ...most }) : direct(most);
}

const camel = (numbers: Record<NumberName, number | undefined>): Question =>
  Object.fromEntries(
    Object.entries(numbers)
      .filter(([name, value]) => value !== undefined && name !== 'batch-size' && name !== 'max-concurrency')
      .map(([name, value]) => [name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()), value]),
  );

const line = (name: string, says: string): string => `  ${`--${name}`.padEnd(23)}${says}`;

export const HELP = [
  'npm run plan -- [options]: how many tasks, sent how, and what to expect of them.',
  '',
  'With --work-ms it divides the work; with --leaf-ms alone it says how many such tasks there may be;',
  `with --tasks it takes that many as they are. Without any of them the work is ${DEFAULTS.workMs} ms.`,
  '',
  line('leaf-ms', 'how long a task takes, or with --work-ms how tasks vary:'),
  ...LEAF_FORMS.map((form) => `  ${''.padEnd(25)}${form}`),
  ...Object.entries(NUMBERS).map(([name, { says }]) => line(name, says)),
  line('delivery', 'direct or queue (direct)'),
  line('completion', 'all or quorum: as many as succeed with probability --target (all)'),
  line('svg', 'a file to draw the curve into'),
  line('json', 'the plan as one JSON document'),
  '',
  'A history is of the last hours, and of what a task took from being sent until its result was counted: most of --request-ms',
  'is in it already. Of the stack, with its table and the job:',
  '',
  ...HISTORY_EXPORT.map((part) => `  ${part}`),
  '',
  'Exit: 0 with a plan that keeps what was asked, 1 if none does, 2 for an option it does not take.',
  '',
].join('\n');
