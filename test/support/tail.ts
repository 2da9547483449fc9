/**
 * The tail of many requests under a clock of their own: what hedging and estimates do to it by the project's own rules,
 * with latencies drawn by chance. No messages and no table: what goes wrong with those is the model's to find.
 */

import { estimateAt } from '../../shared/core/estimate.ts';
import { type HedgeOptions, hedgeAfter, hedgesLeft } from '../../shared/core/hedge.ts';
import type { History } from '../../shared/gathering/history.ts';
import { createMemoryHistory } from '../../simulation/ports/memory-history.ts';
import { type Random, seededRandom } from '../../simulation/random.ts';
import { aHeader } from './builders.ts';
import { aHistory, type FakeClock, fakeClock } from './fakes.ts';

export interface TailOptions {
  readonly seed: number;
  readonly requests: number;
  readonly tasks: number;
  /** Without it nothing is hedged. */
  readonly hedge?: HedgeOptions;
  /** From this request on, every task takes so many times as long. */
  readonly slowdown?: { readonly from: number; readonly factor: number };
}

export interface Tail {
  /** How long each request took, in ms. */
  readonly times: readonly number[];
  readonly copies: number;
  /** Requests that were told a p95, and those that kept it. */
  readonly told: number;
  readonly kept: number;
}

const MEDIAN_MS = 50;
const EVERY_MS = 1_000;

/** A task takes about the median, or by a chance of 1 % twenty times what it would. */
function latency(random: Random, factor: number): number {
  const times = random.chance(0.01) ? 20 : 1;
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return times * MEDIAN_MS * factor * Math.exp(0.25 * normal);
}

/** Requests one after another, a second apart. */
export async function simulateTail({ seed, requests, tasks, hedge, slowdown }: TailOptions): Promise<Tail> {
  const [random, clock] = [seededRandom(seed), fakeClock()];
  const history = aHistory(clock, createMemoryHistory());
  const times: number[] = [];
  let [copies, told, kept] = [0, 0, 0];
  for (let request = 0; request < requests; request++) {
    const factor = slowdown && request >= slowdown.from ? slowdown.factor : 1;
    const promise = await promisedMs(history, clock, tasks);
    const drawn = Array.from({ length: tasks }, () => latency(random, factor));
    const ended = [...drawn];
    if (hedge) copies += await sendCopies(history, ended, hedge, () => latency(random, factor));
    const took = Math.max(...ended) + 10 + random.below(10);
    if (promise !== undefined) [told, kept] = [told + 1, kept + (took <= promise ? 1 : 0)];
    times.push(took);
    for (const ms of drawn) history.observeAnswers(aHeader({ publishedAt: clock.now() - ms }), 1);
    history.observeCompletion({ job: 'job', expected: tasks }, took);
    await history.flush();
    clock.passTo(clock.now() + EVERY_MS);
  }
  return { times, copies, told, kept };
}

async function promisedMs(history: History, clock: FakeClock, expected: number): Promise<number | undefined> {
  const [now, { past }] = [clock.now(), await history.recall('job')];
  const request = { expected, arrived: 0, acceptedAt: now, deadlineAt: now + 60_000 };
  const { p95At } = estimateAt(request, past, now);
  return p95At === undefined ? undefined : p95At - now;
}

/** Has copies made of what is out, whenever the rules allow it, as the hedger does: `ended` is put forward by them. */
async function sendCopies(history: History, ended: number[], hedge: HedgeOptions, draw: () => number): Promise<number> {
  const after = hedgeAfter((await history.recall('job')).past.leaves.leaf ?? {}, hedge);
  let copies = 0;
  for (let ms = after; ms !== undefined && after !== undefined; ms += after) {
    const room = hedgesLeft(ended.length, copies, hedge);
    if (room === 0) break;
    const at = Math.max(ms, ended.toSorted((a, b) => b - a)[room] ?? 0);
    const out = [...ended.keys()].filter((task) => (ended[task] ?? 0) > at);
    if (out.length === 0 || !(await history.spend('job', out.length, hedge))) break;
    for (const task of out) ended[task] = Math.min(ended[task] ?? 0, at + draw());
    copies += out.length;
    ms = at;
  }
  return copies;
}
