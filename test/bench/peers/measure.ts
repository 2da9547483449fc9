/** Has every system run the same loads, one after the other, and says how long each took. */
import { percentile, repeat } from '../statistics.ts';
import type { Started, System, Way } from './systems.ts';

export interface Load {
  readonly tasks: number;
  readonly warmUp: number;
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

/** Measures the loads in turn; all systems are up all the time, and one at a time has something to do. */
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
    for (const load of loads) for (const way of ways) all.push(await measureOne(way, load, say));
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

async function measureOne(way: Way, { tasks, warmUp, runs }: Load, say: Say): Promise<Measurement> {
  const { row: system, tasksPerMessage, setting } = way;
  say(`${system}, ${setting}: ${runs} × ${tasks} tasks`);
  try {
    await repeat(warmUp, () => way.time(tasks));
    const p50Ms = percentile(await repeat(runs, () => way.time(tasks)), 0.5);
    return { system, tasks, tasksPerMessage, p50Ms, tasksPerSecond: Math.round((tasks * 1_000) / p50Ms), setting };
  } catch (error) {
    const missing = error instanceof Error ? error.message : String(error);
    return { system, tasks, tasksPerMessage, p50Ms: null, tasksPerSecond: null, setting, missing };
  }
}
