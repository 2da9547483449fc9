/** When whoever waits for an answer looks at its request. */
import { beforeEach, describe, expect, it } from 'vitest';
import { awaitClosed } from '../../shared/gathering/settle.ts';
import { createStatusWorld } from '../support/status-world.ts';
import { registered } from '../support/workshop.ts';

let world: ReturnType<typeof createStatusWorld>;
beforeEach(() => {
  world = createStatusWorld();
});

/** Waits for one more request, `waitMs` at most; the pauses between looks at it, which find it closed once `closedAfterMs` have passed. */
async function pauses(closedAfterMs = Number.POSITIVE_INFINITY, waitMs = 100): Promise<number[]> {
  const { gathering, clock } = world;
  const { store } = gathering;
  const acceptedAt = clock.now();
  const request = { acceptedAt, deadlineAt: acceptedAt + 600_000, requestId: `request at ${acceptedAt}` };
  const head = await registered(store, request);
  const slept: number[] = [];
  const sleep = async (ms: number) => {
    slept.push(ms);
    clock.passTo(clock.now() + ms);
  };
  const readHead: typeof store.readHead = async (requestId, now) => {
    const read = await store.readHead(requestId, now);
    const closedAt = acceptedAt + closedAfterMs;
    return read && (closedAt <= clock.now() ? { ...read, state: 'closed', closedAt } : read);
  };
  const watched = { ...gathering, store: { ...store, readHead }, clock: { ...clock, sleep } };
  await awaitClosed(watched, head, acceptedAt + waitMs);
  return slept;
}

async function waitedFor(...tookMs: number[]): Promise<void> {
  for (const ms of tookMs) await pauses(ms, ms + 1_000);
}

describe('whoever waits', () => {
  it('looks after 20 ms, and then every 6 ms at the soonest, while nothing is known', async () => {
    expect((await pauses()).slice(0, 2)).toEqual([20, 6]);
  });

  it('looks when hardly any of those it waited for was closed before, and then more often the less they took', async () => {
    await waitedFor(80, 9, 8, 9, 10);
    expect((await pauses()).slice(0, 3)).toEqual([8, 1, 1.125]);
  });

  it('looks later where all of those it waited for took longer', async () => {
    await waitedFor(70, 70, 72, 75, 90);
    expect((await pauses()).slice(0, 2)).toEqual([70, 8.75]);
  });

  it('says nothing from four of them', async () => {
    await waitedFor(9, 9, 9, 9);
    expect((await pauses())[0]).toBe(20);
  });

  it('forgets how long they took long ago', async () => {
    await waitedFor(...Array(20).fill(5), ...Array(20).fill(50));
    expect((await pauses())[0]).toBe(50);
  });

  it('looks every 250 ms at least, however long they took', async () => {
    await waitedFor(...Array(5).fill(90_000));
    expect((await pauses(Number.POSITIVE_INFINITY, 1_000)).slice(0, 2)).toEqual([250, 250]);
  });

  it('does not read again what it was told is closed', async () => {
    const { gathering, clock } = world;
    const head = await registered(gathering.store, { requestId: 'r' });
    const closed = { ...head, state: 'closed' } as const;
    expect(await awaitClosed(gathering, closed, clock.now() + 100)).toBe(closed);
  });
});
