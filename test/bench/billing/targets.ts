/** What a task and a request should cost at most, beside what they do cost. */
import type { Row } from './rows.ts';

export interface Checked {
  readonly what: string;
  readonly limit: number;
  readonly measured: number;
  readonly isMet: boolean;
}

const SMALL_RESULT = 200;
const REFERENCE_TASKS = 1_000;

/** Every target that `rows` say something about. */
export function checkTargets(rows: readonly Row[]): Checked[] {
  const small = rows.filter(({ resultBytes }) => resultBytes === SMALL_RESULT);
  const kind = small.filter(({ duplicates }) => duplicates === 0);
  const ten = kind.filter(({ tasksPerMessage }) => tasksPerMessage === 10);
  return [...prices(kind), ...fixedPrices(kind), ...writeUnits(ten), ...steadiness(ten), ...underDuplicates(small)];
}

const atMost = (what: string, measured: number, limit: number): Checked => ({
  ...{ what, limit, measured },
  isMet: measured <= limit,
});

function prices(rows: readonly Row[]): Checked[] {
  return rows
    .filter(({ tasks }) => tasks === REFERENCE_TASKS)
    .map((row) => atMost(`$ per million tasks: ${nameOf(row)}`, row.dollarsPerMillionTasks, dollarsFor(row)));
}

const dollarsFor = ({ delivery, tasksPerMessage }: Row): number =>
  delivery === 'queue' ? 0.45 : tasksPerMessage === 1 ? 1.2 : 0.4;

function fixedPrices(rows: readonly Row[]): Checked[] {
  return rows
    .filter(({ tasks }) => tasks === REFERENCE_TASKS)
    .map((row) => atMost(`$ per million requests: ${nameOf(row)}`, row.fixedDollarsPerRequest * 1_000_000, 8));
}

const writeUnits = (rows: readonly Row[]): Checked[] =>
  rows
    .filter(({ tasks }) => tasks >= REFERENCE_TASKS)
    .map((row) => atMost(`write units per task: ${nameOf(row)}`, row.writeUnitsPerTask, 0.45));

/** Cost must not grow with the request by more than a fifth. That small requests fill their batches worse is no miss. */
function steadiness(rows: readonly Row[]): Checked[] {
  return rows.flatMap((row) => {
    const beside = (tasks: number) => rows.find((each) => each.tasks === tasks && each.delivery === row.delivery);
    const [hundred, thousand] = [beside(100), beside(REFERENCE_TASKS)];
    const units =
      row.tasks > 100 && hundred ? [['write units', row.writeUnitsPerTask / hundred.writeUnitsPerTask, 100]] : [];
    const dollars =
      row.tasks >= 100_000 && thousand
        ? [['$', row.dollarsPerMillionTasks / thousand.dollarsPerMillionTasks, REFERENCE_TASKS]]
        : [];
    return [...units, ...dollars].map(([what, ratio, tasks]) => {
      return atMost(`% more ${what} per task than ${tasks} tasks: ${nameOf(row)}`, (Number(ratio) - 1) * 100, 20);
    });
  });
}

function underDuplicates(rows: readonly Row[]): Checked[] {
  return rows
    .filter(({ duplicates }) => duplicates > 0)
    .flatMap((row) => {
      const kind = rows.find((each) => each.duplicates === 0 && nameOf(each) === nameOf({ ...row, duplicates: 0 }));
      const more = kind && (row.writeUnitsPerTask / kind.writeUnitsPerTask - 1) * 100;
      return more === undefined ? [] : [atMost(`% more write units per task: ${nameOf(row)}`, more, 15)];
    });
}

export const nameOf = ({ tasks, delivery, tasksPerMessage, duplicates }: Row): string =>
  `${tasks.toLocaleString('en')} tasks, ${delivery}, ${tasksPerMessage} a message${duplicates > 0 ? `, ${duplicates * 100} % twice` : ''}`;
