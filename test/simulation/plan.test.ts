/** The planner's formulas against the simulator: the deployed code, with nothing going wrong, over its own latencies. */
import { describe, expect, it } from 'vitest';
import { BATCH_ENTRIES } from '../../shared/core/limits.ts';
import type { LeafTime } from '../../shared/core/plan/leaf-time.ts';
import { plan } from '../../shared/core/plan/plan.ts';
import { call } from '../../simulation/caller.ts';
import { NO_FAULTS } from '../../simulation/faults.ts';
import { connect } from '../../simulation/functions.ts';
import { drawLatency, type Latency } from '../../simulation/latency.ts';
import { seededRandom } from '../../simulation/random.ts';
import { ROUGH, type Scenario } from '../../simulation/scenario.ts';
import { createWorld } from '../../simulation/world.ts';
import { aJob } from '../support/jobs.ts';

const { callMs: CALL_MS, startMs: START_MS, transitMs: TRANSIT_MS } = ROUGH;

const job = aJob({
  name: 'collect',
  leaves: { one: {} },
  split: (tasks) => Array.from({ length: Number(tasks) }, (_, payload) => ({ payload })),
  attempts: 1,
});

/** From acceptance to the answer, in ms of virtual time. */
async function completion(seed: number, expected: number, leafMs: Latency): Promise<number> {
  const quiet = { failing: new Set<number>(), waits: false, asks: false, forgeries: 0, deadlineMs: 60_000 };
  const shape = { expected, shardSize: expected, shardsInFlight: 1, overheads: ROUGH, atOnce: 4 };
  const scenario: Scenario = { ...quiet, ...shape, job, leafMs };
  const world = createWorld({ scenario, faults: NO_FAULTS, random: seededRandom(seed) });
  call(world, connect(world));
  await world.clock.run(1_000_000);
  const [request] = world.watched.values();
  if (!request?.closedAt) return Number.NaN;
  return request.closedAt - (world.store.inspect(request.requestId).head?.acceptedAt ?? Number.NaN);
}

async function completions(rounds: number, expected: number, leafMs: Latency): Promise<number[]> {
  const times = [];
  for (let seed = 1; seed <= rounds; seed++) times.push(await completion(seed, expected, leafMs));
  return times.sort((a, b) => a - b);
}

const quantileOf = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;

/** What a long history of tasks would say: from publication until the result is with the aggregator. */
function history(leafMs: Latency): LeafTime {
  const random = seededRandom(5);
  const way = [START_MS, leafMs, CALL_MS, TRANSIT_MS];
  const times = Float64Array.from({ length: 200_000 }, () =>
    way.reduce<number>((sum, latency) => sum + drawLatency(latency, random), 0),
  ).sort();
  const below = (ms: number): number => {
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] ?? 0) <= ms) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return { quantile: (share) => quantileOf(times, share), cdf: (ms) => below(ms) / times.length };
}

/** A call publishes ten messages, one call after another. */
const OVERHEAD_MS = (CALL_MS.medianMs * Math.exp(CALL_MS.sigma ** 2 / 2)) / BATCH_ENTRIES;

describe('the planner against the simulator', () => {
  it.each([
    [30, { kind: 'lognormal', medianMs: 300, sigma: 0.5 }],
    [20, { kind: 'stragglers', medianMs: 200, share: 0.02, factor: 15 }],
    [50, { kind: 'stragglers', medianMs: 200, share: 0.02, factor: 15 }],
  ] as const)('foretells the p50 and p99 of %i tasks to a tenth, each %j', async (tasks, leafMs) => {
    const requestMs = quantileOf(await completions(300, 1, 0), 0.5) - history(0).quantile(0.5);
    const known = { tasksPerMessage: 1, requestMs, overheadMs: OVERHEAD_MS };
    const { p50Ms, p99Ms } = plan({ ...known, tasks, leafTime: history(leafMs) });
    const simulated = await completions(500, tasks, leafMs);
    const [p50, p99] = [quantileOf(simulated, 0.5), quantileOf(simulated, 0.99)];
    expect(Math.abs(p99Ms / p99 - 1), `p99 ${p99Ms} against ${p99}`).toBeLessThan(0.1);
    expect(Math.abs(p50Ms / p50 - 1), `p50 ${p50Ms} against ${p50}`).toBeLessThan(0.1);
  });
});
