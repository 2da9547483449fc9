/** One schedule: a world and its request, from the first call until nothing is to come, by the choices of one seed. */
import { call } from './caller.ts';
import { drawFaults } from './faults.ts';
import { connect } from './functions.ts';
import { check } from './oracle.ts';
import { seededRandom } from './random.ts';
import { drawScenario } from './scenario.ts';
import { createWorld, type World } from './world.ts';

/** Events that no schedule comes near to: usually it is some hundred. */
const MOST_EVENTS = 100_000;

export interface Schedule {
  readonly seed: number;
  readonly world: World;
  /** What happened, line by line. */
  readonly log: readonly string[];
  /** What did not hold. */
  readonly broken?: string;
}

/** Runs the schedule of a seed. */
export async function runSchedule(seed: number): Promise<Schedule> {
  const random = seededRandom(seed);
  const log: string[] = [];
  const scenario = drawScenario(random);
  const world = createWorld({ scenario, faults: drawFaults(random), random, log });
  try {
    call(world, connect(world));
    await world.clock.run(MOST_EVENTS);
    check(world);
    return { seed, world, log };
  } catch (error) {
    return { seed, world, log, broken: error instanceof Error ? error.message : String(error) };
  }
}

/** The command that runs a schedule again, and shows what happened in it. */
export const replayCommand = (seed: number): string => `npm run simulate -- --seed ${seed} --schedules 1 --log`;
