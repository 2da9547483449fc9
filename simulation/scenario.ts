/** What a world is about: its requests, how long their leaves take, and who asks for the answers; drawn from a seed, or given. */
import { all, type Completion, quorum, tolerate, when } from '../shared/core/completion.ts';
import { NO_PAST, type Past, withAnswers } from '../shared/core/history.ts';
import { type Delivery, defineJob, direct, type Job, type JobDefinition, queue } from '../shared/core/job.ts';
import type { Overheads } from './invocation.ts';
import type { Latency } from './latency.ts';
import type { Random } from './random.ts';

export interface Scenario {
  readonly expected: number;
  readonly shardSize: number;
  readonly shardsInFlight: number;
  readonly job: Job;
  readonly deadlineMs: number;
  readonly leafMs: Latency;
  readonly overheads: Overheads;
  /** Batches that each service's queue hands out at a time. */
  readonly atOnce: number;
  /** What is known of the job before the first request. */
  readonly past?: Past;
  /** From this request on, counted from 0, every leaf takes so many times as long. */
  readonly slowdown?: { readonly from: number; readonly factor: number };
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

/** A start may have to wait for a function that is throttled. */
const ROUGH: Overheads = {
  callMs: { kind: 'lognormal', medianMs: 5, sigma: 0.6 },
  startMs: { kind: 'stragglers', medianMs: 20, share: 0.05, factor: 30 },
  transitMs: { kind: 'lognormal', medianMs: 15, sigma: 0.8 },
};

/** By which a task that is out for longer than 120 ms is worth a copy, and a timer of a second, if nobody waits. */
const QUICK_PAST: Past = withAnswers(withAnswers(NO_PAST, 'one', 970, 120), 'one', 30, 5_000);

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
    ...{ overheads: ROUGH, atOnce: 4, ...(random.chance(0.5) ? { past: QUICK_PAST } : {}) },
  };
}

/** A predicate that holds from this many successes on. */
const enough = (expected: number): number => Math.ceil(expected / 2);

function collectingJob(random: Random, expected: number): Job {
  const completion = random.pick<Completion<readonly number[]>>([
    all(),
    all(),
    quorum(1 + random.below(expected)),
    tolerate(random.below(expected)),
    when((partial) => partial.length >= enough(expected)),
  ]);
  const delivery = random.chance(0.7) ? direct() : queue();
  const hedge = random.pick([
    { quantile: 0.95, budget: 0.05 },
    { quantile: 0.95, budget: 0.2 },
  ]);
  const attempts = 1 + random.below(3);
  const tasksPerMessage = 1 + random.below(3);
  return collect({ delivery, completion, hedge, attempts, tasksPerMessage, notices: random.pick(['none', 'topic']) });
}

type Indexes = readonly number[];
type Definition = JobDefinition<number, number, number, Indexes, Indexes>;

/** A job of so many tasks as its input says; its aggregate is the list of their indexes, as they were folded. */
export function collect(
  terms: Partial<Definition> & { readonly hedge: Exclude<Definition['hedge'], undefined>; readonly delivery: Delivery },
): Job {
  const { delivery, ...rest } = terms;
  const job = defineJob<number, number, number, Indexes, Indexes>({
    name: 'collect',
    input: { safeParse: (value) => ({ success: true, data: Number(value) }) },
    leaves: { one: { delivery, timeoutMs: LEAF_TIMEOUT_MS } },
    *split(tasks) {
      for (let index = 0; index < tasks; index++) yield { label: `task ${index}`, payload: index };
    },
    fold: {
      empty: () => [],
      add: (indexes, { value }) => [...indexes, value],
      merge: (left, right) => [...left, ...right],
      finish: (indexes) => indexes,
    },
    ...rest,
  });
  return job as unknown as Job;
}
