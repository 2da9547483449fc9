/** Closing, one race or refusal at a time. */
import { expect, test } from 'vitest';
import { FanfoldError } from '../../shared/core/errors.ts';
import { written } from '../../shared/core/membership.ts';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';
import { closeRequest } from '../../shared/gathering/close.ts';
import { settle } from '../../shared/gathering/settle.ts';
import { aChunk, aHead, aSuccess } from '../support/builders.ts';
import { aJob } from '../support/jobs.ts';
import { aWorkshop } from '../support/workshop.ts';

const UNSCATTERED = aHead({ scatteredAt: undefined });

function aGathering(job = aJob({})) {
  const gathering = aWorkshop(job, 30_000);
  return { gathering, store: gathering.store, telemetry: gathering.telemetry };
}

/** The store, where `meanwhile` happens right after the first attempt to close. */
function interrupted(store: GatheringStore, meanwhile: () => Promise<unknown>): GatheringStore {
  let attempts = 0;
  return {
    ...store,
    async beginClosing(closing) {
      const outcome = await store.beginClosing(closing);
      if (attempts++ === 0) await meanwhile();
      return outcome;
    },
  };
}

test('a deadline closes a request that was registered while it was refused', async () => {
  const { gathering, store } = aGathering();
  const racing = interrupted(store, () => store.registerHead(UNSCATTERED));
  expect(await closeRequest({ ...gathering, store: racing }, 'request', 'deadline-passed')).toMatchObject({
    state: 'closed',
  });
});

test('a request that was scattered while its close was refused is closed', async () => {
  const { gathering, store } = aGathering();
  await store.registerHead(UNSCATTERED);
  const racing = interrupted(store, () => store.markScattered('request', 2_000));
  expect(await closeRequest({ ...gathering, store: racing }, 'request', 'all-answered')).toMatchObject({
    state: 'closed',
  });
});

test('a request whose tasks are still being published stays open', async () => {
  const { gathering, store } = aGathering();
  await store.registerHead(UNSCATTERED);
  expect(await closeRequest(gathering, 'request', 'all-answered')).toMatchObject({ state: 'open' });
});

test('no request, nothing to close', async () => {
  expect(await closeRequest(aGathering().gathering, 'request', 'deadline-passed')).toBeUndefined();
});

test('a request closed by its deadline is counted, once, and names what is missing by its label', async () => {
  const { gathering, store, telemetry } = aGathering();
  await store.registerHead(aHead());
  await store.putInput('request', {}, 2_000_000_000);
  await Promise.all([1, 2, 3].map(() => closeRequest(gathering, 'request', 'deadline-passed')));
  expect(telemetry.logged).toEqual(['request closed']);
  expect(telemetry.counted('RequestsClosedByDeadline')).toBe(1);
  const answer = await store.readAnswer('request', 1);
  expect(answer).toMatchObject({ status: 'failed', missing: [{ label: 'task 1', cause: 'timed-out' }, {}, {}] });
});

test('a request whose input is gone closes all the same, its missing tasks without labels', async () => {
  const { gathering, store } = aGathering();
  await store.registerHead(aHead());
  const gone = { ...store, readInput: () => Promise.reject(new Error('the claim is missing')) };
  const head = await closeRequest({ ...gathering, store: gone }, 'request', 'deadline-passed');
  expect(head).toMatchObject({ state: 'closed' });
  const { missing } = (await store.readAnswer('request', 1)) ?? {};
  expect(missing).toEqual([0, 1, 2].map((taskIndex) => ({ taskIndex, cause: 'timed-out' })));
});

test("a closed request gives back its owner's place", async () => {
  const { gathering, store } = aGathering();
  await store.registerHead(aHead());
  await gathering.owners.open('owner', 'request', { limit: 1, ttlEpochSeconds: 2_000_000_000 });
  await closeRequest(gathering, 'request', 'cancelled');
  expect(await gathering.owners.openRequests('owner')).toEqual([]);
});

test('an aggregate that cannot be kept fails its request, saying so', async () => {
  const { gathering, store } = aGathering();
  await store.registerHead(aHead());
  await store.putChunk(
    { requestId: 'request', place: 'head' },
    'token',
    written(aChunk('c', aSuccess(0))),
    2_000_000_000,
  );
  const tooSmall: GatheringStore = {
    ...store,
    async putAnswer(requestId, answer, ttl) {
      if (answer.aggregate !== null) throw new FanfoldError('item-too-large', 'no room for it');
      return store.putAnswer(requestId, answer, ttl);
    },
  };
  await closeRequest({ ...gathering, store: tooSmall }, 'request', 'deadline-passed');
  const answer = await store.readAnswer('request', 1);
  expect(answer).toMatchObject({
    status: 'failed',
    completionReason: 'job-error',
    error: { where: 'finish', message: 'no room for it' },
    tasks: { succeeded: 1 },
  });
});

test('a reader closes what is past its deadline, and carries on a close that was left', async () => {
  const { gathering, store } = aGathering();
  await store.registerHead(aHead());
  expect(await settle(gathering, aHead({ deadlineAt: 30_001 }))).toMatchObject({ state: 'open' });
  const closing = await store.beginClosing({
    requestId: 'request',
    reason: 'cancelled',
    at: 29_500,
    unscattered: true,
  });
  if (closing === 'refused') throw new Error('it was open');
  expect(await settle(gathering, closing)).toMatchObject({ state: 'closing' });
  gathering.clock.passTo(30_500);
  expect(await settle(gathering, closing)).toMatchObject({ state: 'closed' });
});
