/** One schedule: a world run to its end, one move at a time, by the choices of one seed, under the oracle's eyes. */

import { seededRandom } from '../../../simulation/random.ts';
import { drained, type Fate, type Step } from '../interleaving.ts';
import { type Move, movesOf, type Phase } from './moves.ts';
import { checkAnswer, checkNothingHangs, watch } from './oracle.ts';
import type { Queue } from './queue.ts';
import { drawScenario } from './scenario.ts';
import { checkAmended } from './versions.ts';
import { createWorld, type World } from './world.ts';

/** Steps that no schedule comes near to: usually it is a hundred. */
const LONGEST = 5_000;

/** Runs the schedule of a seed. */
export async function runSchedule(seed: number): Promise<World> {
  const random = seededRandom(seed);
  const scenario = drawScenario(random);
  const world = createWorld(random, scenario);
  try {
    const look = watch(world);
    await run(world, 'results', look);
    checkNothingHangs(world);
    await run(world, 'deadline', look);
    checkAnswer(world);
    checkAmended(world);
    comeAgain(world.queues.results);
    comeAgain(world.queues.ranges);
    comeAgain(world.queues.looks);
    await run(world, 'late', look);
    checkAnswer(world);
    checkAmended(world);
    return world;
  } catch (error) {
    throw new Error(describe(world, error), { cause: error });
  }
}

const comeAgain = <Message>({ waiting, done }: Queue<Message>): void => void waiting.push(...done.splice(0));

/** Makes every move there is, in an order of the world's own chance; `afterEach` sees it between any two. */
async function run(world: World, phase: Phase, afterEach: () => void): Promise<void> {
  for (;;) {
    if (world.trace.length > LONGEST) throw new Error('it never ends');
    const steps = world.interleaving.pending().map(
      (step): Move =>
        () =>
          take(world, step),
    );
    const [first, ...rest] = [...steps, ...movesOf(world, phase)];
    if (!first) return;
    await world.random.pick([first, ...rest])();
    await drained();
    afterEach();
  }
}

async function take(world: World, step: Step): Promise<void> {
  const fate = drawFate(world, step);
  world.trace.push(fate === 'done' ? step.name : `${step.name} (${fate})`);
  await step.take(fate);
}

/** Where it is sore, a step fares badly as often as not: so every step does in some schedule, the late ones too. */
function drawFate({ random, left, scenario }: World, { name }: Step): Fate {
  const odds = name.endsWith(`: ${scenario.sore}`) ? 0.4 : 0.03;
  if (left.deaths > 0 && random.chance(odds)) {
    left.deaths--;
    return random.pick<Fate>(['died-before', 'died-after', 'died-after']);
  }
  if (left.failures > 0 && random.chance(odds)) {
    left.failures--;
    return random.pick<Fate>(['failed-before', 'failed-after', 'done-twice']);
  }
  return 'done';
}

function describe({ scenario, trace }: World, error: unknown): string {
  const { job, ...rest } = scenario;
  const facts = JSON.stringify({ ...rest, completion: job.completion, attempts: job.attempts });
  const steps = trace.map((step, index) => `${index + 1}. ${step}`).join('\n');
  return `${error instanceof Error ? error.message : error}\n${facts}\n${steps}`;
}
