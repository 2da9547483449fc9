import { expect, it } from 'vitest';
import { warmUp } from './warm-up.ts';

/** Something that takes as long as it is said to, run by run, and then as long as the last time. */
function takes(...times: number[]) {
  let ran = 0;
  return { once: async () => times[Math.min(ran++, times.length - 1)] ?? 0, ran: () => ran };
}

it('ends after three turns in a row that were no faster', async () => {
  const slow = takes(9, 9, 6, 6, 6, 6, 4, 4);
  await warmUp(slow.once, { turn: 2, mostMs: 9_999 });
  expect(slow.ran()).toBe(2 * (3 + 1 + 3));
});

it('takes two in a hundred for nothing, unless they add up', async () => {
  const steady = takes(100, 99, 98);
  await warmUp(steady.once, { turn: 1, mostMs: 9_999 });
  expect(steady.ran()).toBe(1 + 3);
  const drifting = takes(100, 98, 96, 94, 92);
  await warmUp(drifting.once, { turn: 1, mostMs: 9_999 });
  expect(drifting.ran()).toBe(5 + 3);
});

it('begins no turn after its time, though it gets faster still', async () => {
  const better = takes(...Array.from({ length: 99 }, (_, run) => 100 * 0.9 ** run));
  await warmUp(better.once, { turn: 2, mostMs: 300 });
  expect(better.ran()).toBe(4);
});
