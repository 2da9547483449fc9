/** What the measurements come to: the best of each system, and how Fanfold stands beside its peers. */
import type { Table } from '../report.ts';
import { rounded } from '../statistics.ts';
import type { Measurement, Row } from './measure.ts';

const OURS = 'fanfold';
/**
 * Operations that one durable execution may have (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html,
 * 2026-11). The SDK's test runner does not hold executions to it.
 */
const DURABLE_OPERATIONS = 3_000;
const NOTHING = '-';

/** Of each system, load and number of tasks a message, the measurement with the least p50. Missing is what never worked. */
export function bestOf(measurements: readonly Measurement[]): Measurement[] {
  const alike = Map.groupBy(measurements, ({ system, tasks, tasksPerMessage }) =>
    JSON.stringify([system, tasks, tasksPerMessage]),
  );
  return [...alike.values()].map((some) => some.reduce((best, one) => (waitOf(one) < waitOf(best) ? one : best)));
}

const waitOf = ({ p50Ms }: Row): number => p50Ms ?? Number.POSITIVE_INFINITY;

/** The measurements without their settings. */
export const rowsOf = (measurements: readonly Measurement[]): Row[] =>
  measurements.map(({ setting: _, ...row }) => row);

export const tablesOf = (best: readonly Measurement[]): Table[] => [numbers(best), ratios(best)];

const numbers = (best: readonly Measurement[]): Table => ({
  title: 'from the call to the answer, at the best setting of each',
  columns: ['system', 'tasks', 'tasks/message', 'p50 ms', 'tasks/s', 'setting'],
  rows: best.map(({ system, tasks, tasksPerMessage, p50Ms, tasksPerSecond, setting, missing }) => [
    system,
    tasks,
    tasksPerMessage ?? NOTHING,
    p50Ms ?? NOTHING,
    tasksPerSecond ?? NOTHING,
    missing ? `missing: ${missing}` : setting + beyondQuota(system, tasks),
  ]),
});

const beyondQuota = (system: string, tasks: number): string =>
  system.startsWith('durable-execution') && tasks >= DURABLE_OPERATIONS
    ? `; on AWS it would fail: an execution has at most ${DURABLE_OPERATIONS.toLocaleString('en')} operations`
    : '';

/** How many times as long as a peer's caller one of Fanfold's waits. */
function ratios(best: readonly Measurement[]): Table {
  const peers = [...new Set(best.map(({ system }) => system))].filter((system) => system !== OURS);
  const ratio = (ours: Row, peer: string) => {
    const theirs = best.find(({ system, tasks }) => system === peer && tasks === ours.tasks);
    return theirs?.p50Ms && ours.p50Ms ? rounded(ours.p50Ms / theirs.p50Ms, 2) : NOTHING;
  };
  return {
    title: 'p50 of fanfold ÷ p50 of the peer (below 1: fanfold is faster)',
    columns: ['tasks', 'tasks/message', ...peers],
    rows: best
      .filter(({ system }) => system === OURS)
      .map((ours) => [ours.tasks, ours.tasksPerMessage ?? NOTHING, ...peers.map((peer) => ratio(ours, peer))]),
  };
}
