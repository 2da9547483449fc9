import { expect, test } from 'vitest';
import { oneAtATime } from '../../shared/gathering/one-at-a-time.ts';

test("work is done one at a time, in order; a failure is its own caller's alone", async () => {
  const inTurn = oneAtATime();
  const steps: string[] = [];
  const work = (name: string) => async () => {
    steps.push(`${name} begins`);
    await Promise.resolve();
    steps.push(`${name} ends`);
    if (name === 'one') throw new Error(name);
    return name;
  };
  const all = await Promise.allSettled(['one', 'two'].map((name) => inTurn(work(name))));
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(steps).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
});
