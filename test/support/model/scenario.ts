/** What one schedule is about: a small request, how its tasks fare, and what goes wrong. All of it follows from the seed. */
import {
  all,
  type Completion,
  type CompletionPolicy,
  policyOf,
  quorum,
  resolved,
  tolerate,
  when,
} from '../../../shared/core/completion.ts';
import { defineJob, type Job } from '../../../shared/core/job.ts';
import { amend, drop } from '../../../shared/core/late.ts';
import type { Random } from '../../../simulation/random.ts';

/** How the deliveries of one task fare. `fickle` is a leaf that fails one delivery and does another. */
export type Fortune = 'succeeds' | 'fails' | 'succeeds-at-second' | 'never-succeeds' | 'fickle' | 'silent';

/** What closes the request besides its results. */
export type Rival = 'nothing' | 'deadline' | 'cancel' | 'deadline-and-cancel';

export interface Scenario {
  readonly fortunes: readonly Fortune[];
  readonly shardSize: number;
  readonly shardsInFlight: number;
  readonly job: Job;
  readonly rival: Rival;
  /** The caller waits for the answer. */
  readonly waits: boolean;
  /** A distributor that dies is resumed by its caller, or never. */
  readonly resumed: boolean;
  /** The call at which things go wrong rather than elsewhere. */
  readonly sore: (typeof CALLS)[number];
  /** The job's `split` throws now and then, after the first time. */
  readonly unsteady: boolean;
  /** Things that may still go wrong. */
  readonly deaths: number;
  readonly failures: number;
  readonly duplicates: number;
  readonly hedges: number;
  readonly forgeries: number;
  readonly readers: number;
  /** The share of values that are too large for a head. */
  readonly bulk: number;
  /** The share of a leaf's messages that come when others have been taken in. */
  readonly slowness: number;
  /** The share of aggregators that remember nothing, and whether all others are one environment. */
  readonly strangers: number;
  readonly alone: boolean;
  /** Messages an aggregator is handed at most. */
  readonly batchSize: number;
}

/** A predicate that holds from this many successes on. */
export const enough = (expected: number): number => Math.ceil(expected / 2);

/** The calls of the ports, as the steps are named. */
const CALLS = [
  ...(['claimKey', 'open', 'release', 'schedule', 'send', 'deliver', 'putInput', 'readInput'] as const),
  ...(['registerShards', 'registerHead', 'readHead', 'markScattered', 'leaseRange', 'tellScattered'] as const),
  ...(['markReleased', 'putChunk', 'mark', 'postponeLook', 'readTally', 'readChunks', 'sealShard'] as const),
  ...([
    'putFold',
    'readFold',
    'tellFolded',
    'takeTurn',
    'takeCarry',
    'beginClosing',
    'putAnswer',
    'readAnswer',
  ] as const),
  ...(['publishClosed', 'closeAtOnce', 'publishAmended'] as const),
] as const;

const FORTUNES: readonly [Fortune, ...Fortune[]] = [
  'succeeds',
  'succeeds',
  'succeeds',
  'succeeds',
  'fails',
  'succeeds-at-second',
  'never-succeeds',
];

/** Half of the schedules mix everything; most others are a storm of duplicates over a request that nothing else disturbs. */
export function drawScenario(random: Random): Scenario {
  if (random.chance(0.5)) return mixture(random);
  return random.chance(0.7) ? storm(random) : stragglers(random);
}

/** Shards that never fill, under a policy that does not need them full, and hints that are too high. */
function stragglers(random: Random): Scenario {
  const shards = 2 + random.below(2);
  const fortunes = Array.from({ length: shards * 3 }, (_, task) =>
    task % 3 === 2 ? 'silent' : random.pick<Fortune>(['succeeds', 'succeeds', 'fails', 'fickle']),
  );
  const expected = fortunes.length;
  const completions = [quorum(1 + random.below(expected)), tolerate(random.below(shards * 2))];
  return {
    ...storm(random),
    ...{ fortunes, shardSize: 3, sore: random.pick(CALLS), deaths: random.below(3) },
    job: collectingJob(random, { expected, tasksPerMessage: 1, unsteady: false, completions }),
  };
}

function mixture(random: Random): Scenario {
  const expected = 1 + random.below(random.chance(0.1) ? 12 : 6);
  const rival = random.pick<Rival>(['nothing', 'nothing', 'nothing', 'deadline', 'cancel', 'deadline-and-cancel']);
  const odd = random.pick<Fortune>(['fickle', 'silent', 'succeeds', 'succeeds']);
  const draw = (): Fortune => (random.chance(0.3) ? odd : random.pick(FORTUNES));
  const flawless = random.chance(0.2);
  const unsteady = random.chance(0.08);
  return {
    fortunes: Array.from({ length: expected }, () => (flawless ? 'succeeds' : draw())),
    shardSize: random.chance(0.4) ? expected : 1 + random.below(3),
    shardsInFlight: 1 + random.below(3),
    job: collectingJob(random, { expected, tasksPerMessage: 1 + random.below(3), unsteady }),
    ...{ rival, unsteady, waits: random.chance(0.3), sore: random.pick(CALLS) },
    resumed: rival === 'nothing' || random.chance(0.7),
    ...{ deaths: random.below(5), failures: random.below(4), duplicates: random.pick([0, 2, 5]) },
    ...{
      hedges: random.pick([0, 0, 2, 4]),
      forgeries: random.below(3),
      readers: random.below(4),
      batchSize: random.pick([1, 2, 4, 8]),
      ...{ strangers: random.pick([0, 0.3]), alone: random.chance(0.5) },
      slowness: random.pick([0, 0.5]),
      bulk: random.pick([0, 0.3, 1]),
    },
  };
}

/** Hints that are far too high, and many who look at once. */
function storm(random: Random): Scenario {
  const expected = random.pick([3, 3, 4, 5]);
  return {
    fortunes: Array.from({ length: expected }, () =>
      random.pick<Fortune>(['succeeds', 'succeeds', 'succeeds', 'fails']),
    ),
    shardSize: random.pick([expected, 3, 2, 1]),
    shardsInFlight: 1 + random.below(3),
    job: collectingJob(random, { expected, tasksPerMessage: 1, unsteady: false }),
    ...{ rival: 'nothing', resumed: true, waits: random.chance(0.3), unsteady: false, sore: 'send' },
    ...{
      deaths: 0,
      failures: 0,
      duplicates: 2 + random.below(4),
      hedges: random.below(3),
      forgeries: 0,
      readers: 0,
      batchSize: 1,
      ...{ strangers: random.pick([0, 0.3]), alone: random.chance(0.5) },
      slowness: 0.6,
      bulk: random.pick([0, 0.3, 1]),
    },
  };
}

/** One that may end while messages are hidden, and one that outlives every schedule. */
const SHORT_GRACE_MS = 1_000;
export const LONG_GRACE_MS = 3_600_000;

/** What a leaf says of a task. */
export interface Value {
  readonly taskIndex: number;
  readonly bulk?: string;
}

/** Its aggregate is the list of the task indexes that were folded, as they were folded. */
function collectingJob(
  random: Random,
  {
    expected,
    tasksPerMessage,
    unsteady,
    completions = [
      all(),
      all(),
      quorum(1 + random.below(expected)),
      tolerate(random.below(expected)),
      when((partial) => partial.length >= enough(expected)),
    ],
  }: {
    readonly expected: number;
    readonly tasksPerMessage: number;
    readonly unsteady: boolean;
    readonly completions?: readonly Completion<readonly number[]>[];
  },
): Job {
  let splits = 0;
  const completion = random.pick(completions as readonly [Completion<readonly number[]>]);
  const job = defineJob<number, number, Value, readonly number[], readonly number[]>({
    name: 'collect',
    input: { safeParse: (value) => ({ success: true, data: Number(value) }) },
    leaves: { one: {}, two: {} },
    *split(tasks) {
      if (unsteady && splits++ > 0 && random.chance(0.5)) throw new Error('unsteady');
      for (let index = 0; index < tasks; index++)
        yield { leaf: index % 3 === 2 ? 'two' : 'one', label: `task ${index}`, payload: index };
    },
    fold: {
      empty: () => [],
      add: (indexes, { value }) => [...indexes, value.taskIndex],
      merge: (left, right) => [...left, ...right],
      finish: (indexes) => indexes,
    },
    completion,
    attempts: 1 + random.below(3),
    tasksPerMessage,
    notices: expected % 2 === 0 ? 'topic' : 'none',
    maxTasks: expected,
    late: random.chance(0.5) ? amend({ graceMs: random.pick([SHORT_GRACE_MS, LONG_GRACE_MS]) }) : drop(),
  });
  return job as unknown as Job;
}

export const scenarioPolicy = ({ job, fortunes }: Scenario): CompletionPolicy =>
  resolved(policyOf(job.completion), fortunes.length);
