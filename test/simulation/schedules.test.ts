/** Schedules of the simulator: the deployed verbs under virtual time, with everything that AWS and its network may do to them. */
import { describe, expect, it } from 'vitest';
import { replayCommand, runSchedule } from '../../simulation/schedule.ts';
import { createVirtualClock } from '../../simulation/virtual-clock.ts';

describe('the simulator', () => {
  it('finds every invariant held in 500 schedules', async () => {
    for (let seed = 1; seed <= 500; seed++) {
      const { broken } = await runSchedule(seed);
      expect(broken, replayCommand(seed)).toBeUndefined();
    }
  });

  it('runs the same seed to the same log, byte for byte', async () => {
    const logs = [];
    for (const seed of [7, 8, 7]) logs.push((await runSchedule(seed)).log.join('\n'));
    expect(logs[2]).toBe(logs[0]);
    expect(logs[1]).not.toBe(logs[0]);
  });

  it('lets what is due at one instant come in the order it was asked for, and nothing that was called off', async () => {
    const clock = createVirtualClock(0);
    const seen: string[] = [];
    clock.after(20, () => seen.push(`last at ${clock.now()}`));
    clock.after(10, () => seen.push('first'));
    clock.after(10, () => seen.push('second'));
    clock.after(15, () => seen.push('never'))();
    await clock.run(10);
    expect(seen).toEqual(['first', 'second', 'last at 20']);
  });
});
