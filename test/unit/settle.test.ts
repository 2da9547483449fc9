/** When whoever waits for an answer looks at its request. */
import { describe, expect, it } from 'vitest';
import { awaitClosed } from '../../shared/gathering/settle.ts';
import { createStatusWorld } from '../support/status-world.ts';
import { registered } from '../support/workshop.ts';

/** The first pauses of somebody who waits for a request like which 95 % are complete after `likelyMs`. */
async function pauses(likelyMs?: number): Promise<number[]> {
  const { gathering, clock } = createStatusWorld();
  const acceptedAt = clock.now();
  const likely = likelyMs === undefined ? {} : { likelyBy: acceptedAt + likelyMs };
  await registered(gathering.store, { requestId: 'r', acceptedAt, deadlineAt: acceptedAt + 60_000, ...likely });
  const slept: number[] = [];
  const sleep = async (ms: number) => {
    slept.push(ms);
    clock.passTo(clock.now() + ms);
  };
  await awaitClosed({ ...gathering, clock: { ...clock, sleep } }, 'r', acceptedAt + 100);
  return slept;
}

describe('whoever waits', () => {
  it('looks after 20 ms, and then every 6 ms at the soonest, while nothing is known', async () => {
    expect((await pauses()).slice(0, 2)).toEqual([20, 6]);
  });

  it('looks sooner where such requests are known to be complete sooner, within bounds', async () => {
    expect((await pauses(24)).slice(0, 2)).toEqual([8, 3]);
    expect((await pauses(1)).slice(0, 2)).toEqual([4, 2]);
  });

  it('looks no more often where they are known to take long', async () => {
    expect(await pauses(10_000)).toEqual(await pauses());
  });
});
