import { describe, expect, it } from 'vitest';
import type { Item, Usage } from '../../local/billing/usage.ts';
import { addUp, mean, minus } from '../bench/billing/arithmetic.ts';
import { readOptions } from '../bench/billing/options.ts';
import { peersFor } from '../bench/billing/peers.ts';
import { type Row, rowOf } from '../bench/billing/rows.ts';
import { checkTargets } from '../bench/billing/targets.ts';

const line = (item: Item, amount: number, subject = 'x') => ({ item, subject, amount });

describe('what a task and a request cost', () => {
  const variant = { delivery: 'direct', tasksPerMessage: 1 } as const;
  const measured = { ...variant, tasks: 101, resultBytes: 200, duplicates: 0, seconds: 1 };
  const one: Usage = [line('sqs-requests', 3), line('dynamodb-write-units', 9), line('api-requests', 1)];
  const many: Usage = [
    line('sqs-requests', 103),
    line('dynamodb-write-units', 49),
    line('api-requests', 1),
    line('lambda-gb-seconds', 100),
  ];
  const timer: Usage = [line('sqs-requests', 2, 'timers'), line('sqs-empty-receives', 50)];

  it('is a line through a request of one task and one of many, with the timer on top', () => {
    const row = rowOf(measured, one, many, timer);
    expect(row.writeUnitsPerTask).toBeCloseTo(0.4);
    expect(row.writeUnitsPerRequest).toBeCloseTo(8.6);
    expect(row.dollarsPerMillionTasks).toBeCloseTo(1 * 0.4 + 0.4 * 0.625);
    expect(row.fixedDollarsPerRequest * 1_000_000).toBeCloseTo((3 - 1 + 2) * 0.4 + 8.6 * 0.625);
    expect(row.lambdaDurationDollarsPerMillionTasks).toBeCloseTo(13.3334);
  });

  it('adds, subtracts and averages line by line', () => {
    expect(minus(addUp([one, one]), one)).toEqual(one);
    expect(mean([[line('sns-requests', 1)], [line('sns-requests', 2), line('sns-requests', 3, 'y')]])).toEqual([
      line('sns-requests', 1.5),
      line('sns-requests', 1.5, 'y'),
    ]);
  });
});

describe('the targets', () => {
  const row = (changes: Partial<Row>) =>
    ({
      ...{ tasks: 1_000, resultBytes: 200, delivery: 'direct', tasksPerMessage: 10, duplicates: 0 },
      ...{ dollarsPerMillionTasks: 0.3, fixedDollarsPerRequest: 0.000007, writeUnitsPerTask: 0.4 },
      ...changes,
    }) as Row;
  const missed = (rows: readonly Row[]) =>
    checkTargets(rows)
      .filter(({ isMet }) => !isMet)
      .map(({ what }) => what);

  it('are met by what costs little', () =>
    expect(missed([row({}), row({ tasks: 10, writeUnitsPerTask: 2 })])).toEqual([]));

  it.each([
    ['$ per million tasks: 1,000 tasks, direct, 10 a message', [row({ dollarsPerMillionTasks: 0.41 })]],
    ['$ per million requests: 1,000 tasks, direct, 10 a message', [row({ fixedDollarsPerRequest: 0.0000081 })]],
    ['write units per task: 1,000 tasks, direct, 10 a message', [row({ writeUnitsPerTask: 0.46 })]],
    [
      '% more $ per task than 1000 tasks: 100,000 tasks, direct, 10 a message',
      [row({}), row({ tasks: 100_000, dollarsPerMillionTasks: 0.37 })],
    ],
    [
      '% more write units per task than 100 tasks: 1,000 tasks, direct, 10 a message',
      [row({ tasks: 100, writeUnitsPerTask: 0.3 }), row({})],
    ],
    [
      '% more write units per task: 1,000 tasks, direct, 10 a message, 10 % twice',
      [row({ writeUnitsPerTask: 0.3 }), row({ duplicates: 0.1, writeUnitsPerTask: 0.35 })],
    ],
  ])('%s', (what, rows) => expect(missed(rows)).toEqual([what]));

  it('say nothing of larger results', () => expect(checkTargets([row({ resultBytes: 4_096 })])).toEqual([]));
});

describe('the same work elsewhere', () => {
  const dollars = (tasks: number, resultBytes = 0) =>
    peersFor({ tasks, resultBytes }).map(({ dollarsPerMillionTasks }) => Number(dollarsPerMillionTasks.toFixed(2)));

  it('costs what its formula says', () => expect(dollars(1_000)).toEqual([25.2, 26.3, 2.63, 8.2, 0.82]));
  it('counts what a result holds', () => expect(dollars(1_000, 4_096).slice(3)).toEqual([9.15, 1.77]));
  it('counts the executions that share a large request', () => expect(dollars(100_000)[3]).toBe(8.21));
  it('names a page of AWS’s and a day', () => {
    for (const { source, asOf } of peersFor({ tasks: 10, resultBytes: 1 })) {
      expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
      expect(asOf).toMatch(/^2026-\d\d-\d\d$/);
    }
  });
});

describe('the command’s options', () => {
  it('are all sizes unless limited', () => {
    expect(readOptions([])).toMatchObject({
      tasks: [10, 100, 1_000, 10_000, 100_000],
      bytes: [200, 4_096],
      json: false,
    });
    expect(readOptions(['--max', '1000'])).toMatchObject({ tasks: [10, 100, 1_000] });
    expect(readOptions(['--tasks', '100,10', '--seed', '7', '--json', '--duplicates'])).toMatchObject({
      ...{ tasks: [10, 100], seed: 7, json: true, duplicates: true },
    });
  });

  it.each([['--nothing'], ['word'], ['--tasks', '1'], ['--tasks', 'many'], ['--max', '-1'], ['--seed', '1.5']])(
    'refuse %s %s',
    (...args) => expect(() => readOptions(args.filter(Boolean))).toThrow(),
  );
});
