/** What one schedule is about: a small request, how its tasks fare, and what goes wrong. All of it follows from the seed. */
import { all, type Completion, policyOf, quorum, tolerate, when } from '../../../shared/core/completion.ts';
import { defineJob, type Job } from '../../../shared/core/job.ts';
import type { Random } from '../random.ts';

/** How the deliveries of one task fare. `fickle` is a leaf that fails one delivery and does another. */
export type Fortune = 'succeeds' | 'fails' | 'succeeds-at-second' | 'never-succeeds' | 'fickle' | 'silent';

/** What closes the request besides its results. */
export type Rival = 'nothing' | 'deadline' | 'cancel' | 'deadline-and-cancel';

export interface Scenario {
  readonly fortunes: readonly Fortune[];
  readonly shardSize: number;
  readonly job: Job;
  readonly rival: Rival;
  /** A distributor that dies is resumed by its caller, or never. */
  readonly resumed: boolean;
  /** Things that may still go wrong. */
  readonly deaths: number;
  readonly failures: number;
  readonly duplicates: number;
  readonly forgeries: number;
}

/** A predicate that holds from this many successes on. */
export const enough = (expected: number): number => Math.ceil(expected / 2);

const FORTUNES: readonly [Fortune, ...Fortune[]] = [
  'succeeds',
  'succeeds',
  'succeeds',
  'succeeds',
  'fails',
  'succeeds-at-second',
  'never-succeeds',
];

export function drawScenario(random: Random): Scenario {
  const expected = 1 + random.below(random.chance(0.1) ? 12 : 6);
  const rival = random.pick<Rival>(['nothing', 'nothing', 'nothing', 'deadline', 'cancel', 'deadline-and-cancel']);
  const odd = random.pick<Fortune>(['fickle', 'silent', 'succeeds', 'succeeds']);
  const draw = (): Fortune => (random.chance(0.3) ? odd : random.pick(FORTUNES));
  const flawless = random.chance(0.2);
  return {
    fortunes: Array.from({ length: expected }, () => (flawless ? 'succeeds' : draw())),
    shardSize: random.chance(0.5) ? expected : 1 + random.below(3),
    job: collectingJob(random, expected),
    rival,
    resumed: rival === 'nothing' || random.chance(0.7),
    deaths: random.below(5),
    failures: random.below(4),
    duplicates: random.below(5),
    forgeries: random.below(3),
  };
}

/** Its aggregate is the list of the task indexes that were folded, as they were folded. */
function collectingJob(random: Random, expected: number): Job {
  const completion = random.pick<Completion<readonly number[]>>([
    all(),
    all(),
    quorum(1 + random.below(expected)),
    tolerate(random.below(expected)),
    when((partial) => partial.length >= enough(expected)),
  ]);
  const job = defineJob<number, number, number, readonly number[], readonly number[]>({
    name: 'collect',
    input: { safeParse: (value) => ({ success: true, data: Number(value) }) },
    leaves: { one: {}, two: {} },
    *split(tasks) {
      for (let index = 0; index < tasks; index++)
        yield { leaf: index % 3 === 2 ? 'two' : 'one', label: `task ${index}`, payload: index };
    },
    fold: {
      empty: () => [],
      add: (indexes, { value }) => [...indexes, value],
      merge: (left, right) => [...left, ...right],
      finish: (indexes) => indexes,
    },
    completion,
    attempts: 1 + random.below(3),
    tasksPerMessage: 1 + random.below(3),
  });
  return job as unknown as Job;
}

export const scenarioPolicy = ({ job }: Scenario) => policyOf(job.completion);
