/**
 * The heart of the matter: thousands of random schedules of the real use cases, in which messages are doubled and
 * shuffled, steps fail, and every invocation may die between any two of its calls. See test/support/model.
 *
 * `FANFOLD_SEED` runs the schedule of one seed; `FANFOLD_SCHEDULES` says how many seeds to run, from 1.
 */
import { expect, test } from 'vitest';
import { runSchedule } from '../support/model/schedule.ts';
import type { World } from '../support/model/world.ts';
import { chosenSeed, replayCommand, wholeNumber } from '../support/seed.ts';

const FILE = 'test/property/gathering-model.test.ts';
const SCHEDULES = wholeNumber('FANFOLD_SCHEDULES') ?? 5_000;

async function replayable(seed: number): Promise<World> {
  try {
    return await runSchedule(seed);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\nReplay: ${replayCommand(FILE, seed)}`, { cause: error });
  }
}

test('whatever happens, a request closes once, adds up, loses nothing and never hangs', {
  timeout: 3_600_000,
}, async () => {
  const seeds = chosenSeed === undefined ? Array.from({ length: SCHEDULES }, (_, index) => index + 1) : [chosenSeed];
  for (const seed of seeds) await replayable(seed);
});

test('the same seed is the same schedule', async () => {
  const [first, second] = [await replayable(7), await replayable(7)];
  expect(second.trace).toEqual(first.trace);
});
