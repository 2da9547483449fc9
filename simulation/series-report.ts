/** What a series came to, and whether it kept to what holds whatever the latencies are. */
import { hedgesLeft } from '../shared/core/hedge.ts';
import { windowOf } from '../shared/core/history.ts';
import { WARM_UP } from './series.ts';
import type { Fared, Series } from './simulate.ts';
import { quantile } from './statistics.ts';

export interface Appraisal {
  readonly requests: number;
  readonly tasks: number;
  readonly hedging: boolean;
  /** What callers waited, in ms, after the warm-up. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** Tasks that were published again, of those that were asked for: of all requests, and of the slow ones. */
  readonly extraAttempts: number;
  readonly extraAttemptsSlow?: number;
  /** Requests after the warm-up that were told a p95, and the share of them that closed by it. */
  readonly estimates: { readonly told: number; readonly kept: number };
  /** The same of the slow ones, once the history knows no others. */
  readonly estimatesSettled?: { readonly told: number; readonly kept: number };
  /** What did not hold. */
  readonly broken: readonly string[];
}

/** Appraises how the requests of a series fared. */
export function appraise(series: Series, fared: readonly Fared[]): Appraisal {
  const warm = fared.slice(Math.min(WARM_UP, Math.floor(series.requests / 2)));
  const latencies = warm.flatMap(({ latencyMs }) => latencyMs ?? []).sort((a, b) => a - b);
  const at = (q: number): number => quantile(latencies, q);
  return {
    ...{ requests: series.requests, tasks: series.expected, hedging: series.job.hedge !== false },
    latencyMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99) },
    extraAttempts: extra(series, fared),
    ...(series.slowdown ? { extraAttemptsSlow: extra(series, fared.slice(series.slowdown.from)) } : {}),
    estimates: keptOf(warm),
    ...(series.slowdown ? { estimatesSettled: keptOf(settled(fared.slice(series.slowdown.from))) } : {}),
    broken: brokenIn(series, fared),
  };
}

function keptOf(fared: readonly Fared[]): { readonly told: number; readonly kept: number } {
  const told = fared.filter(({ likely }) => likely !== undefined);
  return { told: told.length, kept: share(told.filter(({ likely }) => likely === 'kept').length, told.length) };
}

/** Those that were called for when what was kept of the time before the first of them is no longer read. */
const settled = (fared: readonly Fared[]): readonly Fared[] =>
  fared.filter(({ calledAt }) => windowOf(calledAt) > windowOf(fared[0]?.calledAt ?? 0) + 1);

const share = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((10_000 * part) / whole) / 10_000);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const extra = ({ expected }: Series, fared: readonly Fared[]): number =>
  share(sum(fared.map(({ attempts }) => attempts)) - fared.length * expected, fared.length * expected);

function brokenIn(series: Series, fared: readonly Fared[]): string[] {
  const { requests, expected, job } = series;
  const open = fared.filter(({ status, latencyMs }) => status === undefined || latencyMs === undefined);
  const hedges = sum(fared.map((request) => request.hedges));
  const budget = job.hedge ? Math.floor(job.hedge.budget * requests * expected) : 0;
  const left = (request: Fared): number =>
    job.hedge ? hedgesLeft(expected, request.hedges, job.hedge) : -request.hedges;
  const greedy = fared.filter((request) => left(request) < 0);
  return [
    ...(fared.length < requests ? [`${requests - fared.length} requests were never seen to end`] : []),
    ...open.map(({ requestId }) => `${requestId} was not closed, or not told, by its deadline and 3 s`),
    ...(hedges > budget ? [`${hedges} copies were sent; the budget has ${budget}`] : []),
    ...greedy.map(({ requestId, hedges: sent }) => `${requestId} was sent ${sent} copies, more than its share`),
  ];
}

const percent = (part: number): string => `${Math.round(10_000 * part) / 100} %`;

export function seriesText(report: Appraisal & { readonly scenario: string; readonly seed: number }): string {
  const {
    scenario,
    seed,
    requests,
    tasks,
    hedging,
    latencyMs,
    extraAttempts,
    extraAttemptsSlow,
    estimates,
    estimatesSettled,
  } = report;
  const { p50, p95, p99 } = latencyMs;
  return [
    `${scenario}, seed ${seed}: ${requests} requests of ${tasks} tasks, hedging ${hedging ? 'on' : 'off'}: ${report.broken.length} broken invariants`,
    `  from the call to the answer: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`,
    `  extra attempts: ${percent(extraAttempts)}`,
    ...(extraAttemptsSlow === undefined ? [] : [`  extra attempts of the slow: ${percent(extraAttemptsSlow)}`]),
    `  p95 told ${estimates.told} times, kept: ${percent(estimates.kept)}`,
    ...(estimatesSettled && estimatesSettled.told > 0
      ? [
          `  of the slow once all of the history is: told ${estimatesSettled.told} times, kept: ${percent(estimatesSettled.kept)}`,
        ]
      : []),
    '',
  ].join('\n');
}
