/** The series of the targets: requests of a hundred tasks, of which one in a hundred is a straggler, or all become slow. */
import { HEDGE_DEFAULTS, type HedgeOptions } from '../shared/core/hedge.ts';
import { direct } from '../shared/core/job.ts';
import type { Overheads } from './invocation.ts';
import { collect } from './scenario.ts';
import type { Series } from './simulate.ts';

export const SERIES = ['stragglers', 'slow'] as const;

/** What of a series may be chosen. */
export interface Choices {
  readonly requests: number;
  readonly hedge?: HedgeOptions | false;
  /** A task's median time, in ms, without overheads. */
  readonly leafMs?: number;
}

/** Requests before a history is there: ten seconds until it is written, five until it is read again, and a bit. */
export const WARM_UP = 100;

const TASKS = 100;
const MEDIAN_MS = 200;

/** Inside one region, environments warm. */
const SMOOTH: Overheads = {
  callMs: { kind: 'lognormal', medianMs: 5, sigma: 0.3 },
  startMs: { kind: 'lognormal', medianMs: 20, sigma: 0.3 },
  transitMs: { kind: 'lognormal', medianMs: 15, sigma: 0.3 },
};

export function seriesOf(
  name: (typeof SERIES)[number],
  { requests, hedge = HEDGE_DEFAULTS, leafMs: medianMs = MEDIAN_MS }: Choices,
): Series {
  return {
    ...{ requests, pauseMs: 500, expected: TASKS, shardSize: TASKS, shardsInFlight: 1, deadlineMs: 20_000 },
    job: collect({ delivery: direct(), hedge }),
    ...{ leafMs: { kind: 'stragglers', medianMs, share: 0.01, factor: 20 }, overheads: SMOOTH, atOnce: 5 },
    ...{ failing: new Set<number>(), waits: true, asks: false, forgeries: 0 },
    ...(name === 'slow' ? { slowdown: { from: Math.floor(requests / 2), factor: 10 } } : {}),
  };
}
