/** What one schedule is about: a request, how long its leaves take, and who asks for the answer. All of it follows from the seed. */
import { all, type Completion, quorum, tolerate, when } from '../shared/core/completion.ts';
import { defineJob, direct, type Job, queue } from '../shared/core/job.ts';
import type { Latency } from './latency.ts';
import type { Random } from './random.ts';

export interface Scenario {
  readonly expected: number;
  readonly shardSize: number;
  readonly shardsInFlight: number;
  readonly job: Job;
  readonly deadlineMs: number;
  readonly leafMs: Latency;
  /** Tasks whose leaf always throws. */
  readonly failing: ReadonlySet<number>;
  /** The caller waits for the answer inside its call. */
  readonly waits: boolean;
  /** The caller asks for the answer again and again; else only the timer knows of the deadline. */
  readonly asks: boolean;
  /** When somebody cancels the request, in ms after its submission. */
  readonly cancelAfterMs?: number;
  /** Reports that somebody sends who knows everything but the token. */
  readonly forgeries: number;
}

/** A leaf function's own timeout, in ms. */
export const LEAF_TIMEOUT_MS = 10_000;

/** Longer than the five receives of a message that is hidden for three minutes each time. */
const PATIENT_MS = 3_600_000;

export function drawScenario(random: Random): Scenario {
  const expected = 1 + random.below(random.pick([4, 12, 12, 30]));
  const impatient = random.chance(0.6);
  const failing = random.pick([0, 0, 0.2]);
  return {
    expected,
    shardSize: random.chance(0.5) ? expected : 1 + random.below(Math.min(5, expected)),
    shardsInFlight: 1 + random.below(3),
    job: collectingJob(random, expected),
    deadlineMs: impatient ? random.pick([1_000, 2_000, 10_000]) : PATIENT_MS,
    leafMs: random.pick<Latency>([
      50,
      { kind: 'lognormal', medianMs: 200, sigma: 1 },
      { kind: 'stragglers', medianMs: 100, share: 0.1, factor: 20 },
    ]),
    failing: new Set(Array.from({ length: expected }, (_, index) => index).filter(() => random.chance(failing))),
    ...{ waits: random.chance(0.3), asks: random.chance(0.7), forgeries: random.pick([0, 0, 2]) },
    ...(random.chance(0.1) ? { cancelAfterMs: random.below(2_000) } : {}),
  };
}

/** A predicate that holds from this many successes on. */
const enough = (expected: number): number => Math.ceil(expected / 2);

/** Its aggregate is the list of the task indexes that were folded, as they were folded. */
function collectingJob(random: Random, expected: number): Job {
  const completion = random.pick<Completion<readonly number[]>>([
    all(),
    all(),
    quorum(1 + random.below(expected)),
    tolerate(random.below(expected)),
    when((partial) => partial.length >= enough(expected)),
  ]);
  const delivery = random.chance(0.7) ? direct() : queue();
  const job = defineJob<number, number, number, readonly number[], readonly number[]>({
    name: 'collect',
    input: { safeParse: (value) => ({ success: true, data: Number(value) }) },
    leaves: { one: { delivery, timeoutMs: LEAF_TIMEOUT_MS, checksRequest: random.chance(0.3) } },
    *split(tasks) {
      for (let index = 0; index < tasks; index++) yield { label: `task ${index}`, payload: index };
    },
    fold: {
      empty: () => [],
      add: (indexes, { value }) => [...indexes, value],
      merge: (left, right) => [...left, ...right],
      finish: (indexes) => indexes,
    },
    ...{ completion, attempts: 1 + random.below(3), tasksPerMessage: 1 + random.below(3) },
    notices: random.pick(['none', 'topic']),
  });
  return job as unknown as Job;
}
