/** Logarithmic axes. */
import type { Plan } from '../shared/core/plan/plan.ts';

/** Where a value lies between the ends of an axis: 0 to 1. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  at(value: number): number;
  /** Round values to write beside the axis. */
  readonly ticks: readonly number[];
}

function scale(values: readonly number[], margin: number, nice: readonly number[]): Scale {
  const min = Math.max(1e-3, Math.min(...values)) / margin;
  const max = Math.max(...values, min * 2) * margin;
  const at = (value: number): number => Math.log(Math.max(value, min) / min) / Math.log(max / min);
  const ticks = nice.filter((tick) => tick >= min && tick <= max);
  return { min, max, at, ticks: apart(ticks, at) };
}

/** Ticks closer than this, as a share of the axis, would be hard to read. */
const APART = 0.09;

function apart(ticks: readonly number[], at: (value: number) => number): number[] {
  const kept: number[] = [];
  for (const tick of ticks) if (kept.length === 0 || at(tick) - at(kept.at(-1) ?? 0) >= APART) kept.push(tick);
  return kept;
}

const COUNTS = Array.from({ length: 7 }, (_, power) => [1, 3].map((digit) => digit * 10 ** power)).flat();
const MINUTE = 60_000;
const TIMES = [
  ...[0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000],
  ...[MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[1, 2, 5, 10, 24, 72, 168, 720].map((hours) => hours * 60 * MINUTE),
];

/** The axes of a plan's curve: tasks across, times up. */
export const scalesOf = ({ curve }: Plan): { x: Scale; y: Scale } => ({
  x: scale(
    curve.map(({ tasks }) => tasks),
    1,
    COUNTS,
  ),
  y: scale(
    curve.flatMap(({ p50Ms, p99Ms }) => [p50Ms, p99Ms]),
    1.15,
    TIMES,
  ),
});
