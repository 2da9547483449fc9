/** The curve of completion time against fan-out, for a terminal. */
import type { Plan } from '../shared/core/plan/plan.ts';
import { type Scale, scalesOf } from './scale.ts';
import { count, duration } from './words.ts';

const WIDTH = 64;
const HEIGHT = 13;
const MARGIN = 8;
const MARKS = { p50: '·', p99: '•', both: '•', best: '◆' } as const;

/** Lines with the p99 (and where it differs the p50) over the number of tasks, both axes logarithmic, the plan's marked. */
export function chart(plan: Plan): string[] {
  const { x, y } = scalesOf(plan);
  const cells = Array.from({ length: HEIGHT }, () => Array.from({ length: WIDTH }, () => ' '));
  const put = (tasks: number, ms: number, mark: string): void => {
    const row = cells[HEIGHT - 1 - cell(y, ms, HEIGHT)];
    if (row) row[cell(x, tasks, WIDTH)] = mark;
  };
  for (const [member, mark] of [
    ['p50Ms', MARKS.p50],
    ['p99Ms', MARKS.p99],
  ] as const)
    for (const { tasks, ms } of columns(plan, x, member)) put(tasks, ms, mark);
  put(plan.tasks, plan.p99Ms, MARKS.best);
  const labels = new Map(y.ticks.map((tick) => [HEIGHT - 1 - cell(y, tick, HEIGHT), duration(tick)]));
  const rows = cells.map((row, index) => {
    const label = labels.get(index);
    return `${(label ?? '').padStart(MARGIN)} ${label ? '┤' : '│'}${row.join('').trimEnd()}`;
  });
  return [...rows, `${' '.repeat(MARGIN + 1)}└${'─'.repeat(WIDTH)}`, axis(x), legend(plan)];
}

const cell = (scale: Scale, value: number, cells: number): number => Math.round(scale.at(value) * (cells - 1));

/** One time for each column, between the points of the curve. */
function columns({ curve }: Plan, x: Scale, member: 'p50Ms' | 'p99Ms'): { tasks: number; ms: number }[] {
  return Array.from({ length: WIDTH }, (_, column) => {
    const tasks = x.min * (x.max / x.min) ** (column / (WIDTH - 1));
    const next = Math.max(
      1,
      curve.findIndex((point) => point.tasks >= tasks - 1e-9),
    );
    const [left, right] = [curve[next - 1], curve[next] ?? curve[next - 1]];
    if (!left || !right) return [];
    const part = left === right ? 0 : Math.log(tasks / left.tasks) / Math.log(right.tasks / left.tasks);
    return [{ tasks, ms: left[member] * (right[member] / left[member]) ** part }];
  }).flat();
}

function axis(x: Scale): string {
  const line = Array.from({ length: WIDTH + 8 }, () => ' ');
  for (const tick of x.ticks) {
    const label = count(tick);
    const from = Math.max(0, cell(x, tick, WIDTH) - Math.floor(label.length / 2));
    if (line.slice(Math.max(0, from - 1), from + label.length + 1).every((character) => character === ' '))
      line.splice(from, label.length, ...label);
  }
  return `${' '.repeat(MARGIN + 2)}${line.join('').trimEnd()} tasks`;
}

const legend = ({ tasks, p99Ms, curve }: Plan): string => {
  const differs = curve.some((point) => point.p50Ms < 0.97 * point.p99Ms);
  return `${' '.repeat(MARGIN + 2)}${MARKS.best} ${count(tasks)}: p99 ${duration(p99Ms)}   ${MARKS.p99} p99${differs ? `   ${MARKS.p50} p50` : ''}`;
};
