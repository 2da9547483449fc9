import { describe, expect, it } from 'vitest';
import { bestOf, rowsOf, tablesOf } from './comparison.ts';
import type { Measurement } from './measure.ts';

const measurement = (changes: Partial<Measurement>): Measurement => ({
  system: 'bullmq',
  tasks: 5,
  tasksPerMessage: null,
  p50Ms: 10,
  tasksPerSecond: 500,
  setting: 'a setting',
  ...changes,
});
const absent = { p50Ms: null, tasksPerSecond: null, missing: 'there is no Redis' };

describe('the best of each system', () => {
  it('is the setting with the least p50, load by load', () => {
    const [five, hundred] = bestOf([
      measurement({ setting: 'slow' }),
      measurement({ setting: 'fast', p50Ms: 7 }),
      measurement({ tasks: 100 }),
    ]);
    expect([five?.setting, hundred?.tasks]).toEqual(['fast', 100]);
  });

  it('keeps numbers of tasks a message apart', () => {
    const ours = [1, 10].map((tasksPerMessage) => measurement({ system: 'fanfold', tasksPerMessage }));
    expect(bestOf(ours)).toEqual(ours);
  });

  it('is missing only where no setting worked', () => {
    expect(bestOf([measurement(absent), measurement({ p50Ms: 9 })]).map(({ p50Ms }) => p50Ms)).toEqual([9]);
    expect(bestOf([measurement(absent), measurement(absent)]).map(({ missing }) => missing)).toEqual([absent.missing]);
  });
});

describe('the report', () => {
  const ours = measurement({ system: 'fanfold', tasksPerMessage: 10, p50Ms: 25 });

  it('divides our p50 by that of each peer', () => {
    const [, ratios] = tablesOf([ours, measurement({}), measurement({ system: 'other', ...absent })]);
    expect(ratios?.columns).toEqual(['tasks', 'tasks/message', 'bullmq', 'other']);
    expect(ratios?.rows).toEqual([[5, 10, 2.5, '-']]);
  });

  it('says why a peer is missing', () => {
    expect(tablesOf([measurement(absent)])[0]?.rows[0]?.at(-1)).toBe('missing: there is no Redis');
    expect(rowsOf([measurement(absent)])).toEqual([
      { system: 'bullmq', tasks: 5, tasksPerMessage: null, p50Ms: null, tasksPerSecond: null, missing: absent.missing },
    ]);
  });

  it('says that AWS would refuse what is over the quota of operations', () => {
    const settings = tablesOf([1_000, 10_000].map((tasks) => measurement({ system: 'durable-execution', tasks })))[0];
    expect(settings?.rows.map((row) => /on AWS it would fail/.test(String(row.at(-1))))).toEqual([false, true]);
  });
});
