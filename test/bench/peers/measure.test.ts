import { describe, expect, it, vi } from 'vitest';
import { measure } from './measure.ts';
import type { System } from './systems.ts';

const loads = [
  { tasks: 5, warmUp: { turn: 2, mostMs: 1 }, runs: 4 },
  { tasks: 10, warmUp: { turn: 1, mostMs: 1 }, runs: 1 },
];
const say = () => undefined;
const system = (row: string, time: (tasks: number) => Promise<number>, stop = async () => undefined): System => ({
  rows: [row],
  start: async () => ({ ways: [{ row, tasksPerMessage: null, setting: '', time }], stop }),
});

describe('measuring', () => {
  it('counts the middle of all runs but those to warm up', async () => {
    let ran = 0;
    const slowAtFirst = system('ours', async (tasks) => (++ran <= 2 ? 1_000 : tasks));
    const [five, ten] = await measure([slowAtFirst], loads, say);
    expect(five).toMatchObject({ system: 'ours', tasks: 5, p50Ms: 5, tasksPerSecond: 1_000 });
    expect(ten).toMatchObject({ tasks: 10, p50Ms: 10 });
    expect(ran).toBe(2 + 3 * 4 + 1 + 3 * 1);
  });

  it('reports what cannot start at every load, by every row, and measures the others', async () => {
    const start = async () => {
      throw new Error('there is no Redis');
    };
    const rows = await measure([{ rows: ['a', 'b'], start }, system('ours', async () => 1)], loads, say);
    const missing = { p50Ms: null, tasksPerSecond: null, missing: 'there is no Redis' };
    expect(rows.slice(0, 3)).toMatchObject([
      { system: 'a', ...missing },
      { system: 'b', ...missing },
      { system: 'ours', p50Ms: 1 },
    ]);
    expect(rows).toHaveLength(6);
  });

  it('has no numbers of a load with a wrong answer, and stops everything', async () => {
    const stop = vi.fn(async () => undefined);
    const wrongAtTen = async (tasks: number) => {
      if (tasks === 10) throw new Error('wrong answer');
      return 1;
    };
    const rows = await measure([system('peer', wrongAtTen, stop)], loads, say);
    expect(rows).toMatchObject([{ p50Ms: 1 }, { p50Ms: null, missing: 'wrong answer' }]);
    expect(stop).toHaveBeenCalledOnce();
  });
});
