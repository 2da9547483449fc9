/** What the simulator's command is called with; see `USAGE`. */
import { parseArgs } from 'node:util';
import { SERIES } from './series.ts';

export const USAGE = `usage: npm run simulate -- [--scenario faults] [--seed S] [--schedules N] [--json] [--log]
       npm run simulate -- --scenario stragglers|slow [--seed S] [--requests N] [--hedging on|off] [--leaf-ms M] [--json]

faults: runs N schedules (100) of the gathering under virtual time, from seed S (1) on: seeds S, S + 1, …
  Each draws a request and what goes wrong in it. --log shows every event of every schedule.
stragglers: N requests (1000) of 100 tasks one after another in one world, where one task in a hundred takes 20 times
  as long; a task's median is M ms (200). slow: the same, but from the middle on every task takes 10 times as long.
  Says how long callers waited, how many tasks were sent again, and how often a p95 that was told was kept.
The same seed is the same outcome, byte for byte.
  --json  the report as JSON    --help  this text
Exits with 1 when an invariant is broken, after printing the seed and the command that replays it;
with 2 when it is called wrongly.
`;

export interface FaultsOptions {
  readonly scenario: 'faults';
  readonly seed: number;
  readonly schedules: number;
  readonly json: boolean;
  readonly log: boolean;
}

export interface SeriesOptions {
  readonly scenario: (typeof SERIES)[number];
  readonly seed: number;
  readonly requests: number;
  readonly hedging: boolean;
  readonly leafMs: number;
  readonly json: boolean;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

/** Options that only one kind of scenario has. */
const ONLY_FAULTS = ['schedules', 'log'] as const;
const ONLY_SERIES = ['requests', 'hedging', 'leaf-ms'] as const;

/** Reads the arguments. @throws Error saying which of them is wrong. */
export function readOptions(args: readonly string[]): FaultsOptions | SeriesOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ scenario: text, seed: text, schedules: text, requests: text, hedging: text, 'leaf-ms': text },
      ...{ json: flag, log: flag, help: flag },
    },
  });
  if (values.help) return 'help';
  const { scenario = 'faults' } = values;
  const number = (name: 'seed' | 'schedules' | 'requests' | 'leaf-ms', usual: number, least: number): number =>
    values[name] === undefined ? usual : wholeNumber(name, values[name], least);
  const common = { seed: number('seed', 1, 0), json: values.json ?? false };
  const foreign = (scenario === 'faults' ? ONLY_SERIES : ONLY_FAULTS).find((name) => values[name] !== undefined);
  if (foreign) throw new RangeError(`--${foreign} is not for the scenario ${scenario}`);
  if (scenario === 'faults')
    return { ...common, scenario, schedules: number('schedules', 100, 1), log: values.log ?? false };
  const series = SERIES.find((name) => name === scenario);
  if (!series) throw new RangeError(`--scenario must be one of faults, ${SERIES.join(', ')}, not "${scenario}"`);
  const { hedging = 'on' } = values;
  if (!['on', 'off'].includes(hedging)) throw new RangeError(`--hedging must be on or off, not "${hedging}"`);
  const leafMs = number('leaf-ms', 200, 1);
  return { ...common, scenario: series, requests: number('requests', 1_000, 1), hedging: hedging === 'on', leafMs };
}

function wholeNumber(name: string, value: string, least: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < least)
    throw new RangeError(`--${name} must be a whole number from ${least} on, not "${value}"`);
  return number;
}
