/** Has every system run the same loads, and says how long each took. */
import { percentile, repeat } from '../statistics.ts';
import type { Started, System, Way } from './systems.ts';
import { type WarmUp, warmUp } from './warm-up.ts';

/** Often enough that whatever else the machine does slows all of them. */
const ROUNDS = 3;

export interface Load {
  readonly tasks: number;
  /** Before the first round. */
  readonly warmUp: WarmUp;
  /** Runs of each of the rounds. */
  readonly runs: number;
}

export interface Row {
  readonly system: string;
  readonly tasks: number;
  readonly tasksPerMessage: number | null;
  readonly p50Ms: number | null;
  readonly tasksPerSecond: number | null;
  /** Why there are no numbers. */
  readonly missing?: string;
}

/** What was measured of one way, with its setting for whoever reads it. */
export interface Measurement extends Row {
  readonly setting: string;
}

/** Called with what is about to happen, for somebody who waits. */
export type Say = (what: string) => void;

/** Measures the loads in turn, in rounds; all systems are up all the time, and one at a time has something to do. */
export async function measure(systems: readonly System[], loads: readonly Load[], say: Say): Promise<Measurement[]> {
  const started: Started[] = [];
  try {
    const ways: Way[] = [];
    for (const system of systems) {
      say(`starting ${system.rows.join(', ')}`);
      const { one, absent } = await start(system);
      if (one) started.push(one);
      ways.push(...(one?.ways ?? absent));
    }
    const all: Measurement[] = [];
    for (const load of loads) all.push(...(await measureLoad(ways, load, say)));
    return all;
  } finally {
    for (const one of started) await one.stop();
  }
}

/** What cannot start has a way of its own that says so at every load. */
async function start(system: System): Promise<{ readonly one?: Started; readonly absent: readonly Way[] }> {
  try {
    return { one: await system.start(), absent: [] };
  } catch (error) {
    const time = async () => {
      throw error;
    };
    return { absent: system.rows.map((row) => ({ row, tasksPerMessage: null, setting: '', time })) };
  }
}

/** What is known of a way so far, at one load. */
interface Sample {
  readonly way: Way;
  readonly times: number[];
  missing?: string;
}

async function measureLoad(ways: readonly Way[], load: Load, say: Say): Promise<Measurement[]> {
  const { tasks, runs } = load;
  const samples = ways.map((way): Sample => ({ way, times: [] }));
  say(`${tasks} tasks, until nobody gets faster`);
  for (const sample of samples) await unlessMissing(sample, () => warmUp(() => sample.way.time(tasks), load.warmUp));
  for (let round = 1; round <= ROUNDS; round++) {
    say(`${tasks} tasks, round ${round} of ${ROUNDS}`);
    for (const sample of samples)
      await unlessMissing(sample, async () => {
        sample.times.push(...(await repeat(runs, () => sample.way.time(tasks))));
      });
  }
  return samples.map((sample) => toMeasurement(sample, tasks));
}

async function unlessMissing(sample: Sample, work: () => Promise<void>): Promise<void> {
  if (sample.missing) return;
  try {
    await work();
  } catch (error) {
    sample.missing = error instanceof Error ? error.message : String(error);
  }
}

function toMeasurement({ way, times, missing }: Sample, tasks: number): Measurement {
  const { row: system, tasksPerMessage, setting } = way;
  if (missing) return { system, tasks, tasksPerMessage, p50Ms: null, tasksPerSecond: null, setting, missing };
  const p50Ms = percentile(times, 0.5);
  return { system, tasks, tasksPerMessage, p50Ms, tasksPerSecond: Math.round((tasks * 1_000) / p50Ms), setting };
}
