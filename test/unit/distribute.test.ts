import { beforeEach, describe, expect, test } from 'vitest';
import { type Distributing, distribute, type Submission } from '../../functions/distributor/distribute.ts';
import { all, quorum } from '../../shared/core/completion.ts';
import { type Head, headAddress } from '../../shared/core/gathering.ts';
import { amend } from '../../shared/core/late.ts';
import { CALLBACK_DELAYS_SECONDS, LIMITS } from '../../shared/core/limits.ts';
import { capturedTimers } from '../support/fakes.ts';
import { aJob } from '../support/jobs.ts';
import { aWorkshop, type Workshop } from '../support/workshop.ts';

const job = aJob({ split: (count) => Array.from({ length: Number(count) }, (_, payload) => ({ payload })) });

let workshop: Workshop;
let timers: ReturnType<typeof capturedTimers>;
beforeEach(() => {
  workshop = aWorkshop(job);
  timers = capturedTimers();
});

const distributing = (changes: Partial<Distributing> = {}): Distributing => ({
  ...{
    ...workshop,
    timers,
    replyTo: 'results',
    ownerOpenRequests: 2,
    reclaimedAt: new Map(),
    callbackHosts: [],
    whoIsPresent: async () => [],
    tasksPerShard: 4,
    shardsInFlight: 3,
  },
  ...changes,
});

const submission = (tasks: number, changes: Partial<Submission> = {}): Submission => ({
  ...{ owner: 'ann', job, input: tasks, deadlineMs: 20_000, policy: all(), waits: false },
  ...changes,
});

async function accepted(tasks: number, changes?: Partial<Submission>, through?: Partial<Distributing>): Promise<Head> {
  const outcome = await distribute(distributing(through), submission(tasks, changes));
  if ('refused' in outcome) throw new Error(outcome.message);
  return outcome;
}

const key = { name: 'key', fingerprint: 'same' };

describe('a larger request', () => {
  test('is registered with all its shards, and has the first few ranges sent; nothing is published here', async () => {
    const { requestId } = await accepted(22, { traceparent: 'trace' });
    const { ranges, publisher, store } = workshop;
    expect(ranges.waiting).toEqual([0, 1, 2].map((shard) => ({ requestId, shard, hops: 0, traceparent: 'trace' })));
    expect(publisher.published).toEqual([]);
    const { head, shards } = store.inspect(requestId);
    expect([...shards].map(([place, { lookAt }]) => [place, lookAt])).toEqual([
      ...[0, 1, 2, 3, 4].map((place) => [place, 4]),
      [5, 2],
    ]);
    expect(head).toMatchObject({ state: 'open', expected: 22, shardSize: 4, arrived: 0, lookAt: 22 });
    expect(head?.scatteredAt).toBeUndefined();
  });

  test('of fewer shards than may be under way has them all sent', async () => {
    await accepted(6);
    expect(workshop.ranges.waiting.map(({ shard }) => shard)).toEqual([0, 1]);
  });

  test("looks at its shards for all of their tasks, whatever the request's policy", async () => {
    const { requestId } = await accepted(9, { policy: quorum(2) });
    const { head, shards } = workshop.store.inspect(requestId);
    expect([head?.lookAt, shards.get(0)?.lookAt]).toEqual([2, 4]);
  });

  test('is evaluated from a second on where its policy can be met before its shards are full', async () => {
    const purposes = () => timers.scheduled.splice(0).map(({ purpose, delaySeconds }) => [purpose, delaySeconds]);
    const { requestId, deadlineAt } = await accepted(9, { policy: quorum(2) });
    expect(timers.scheduled).toContainEqual({
      ...{
        purpose: 'evaluate',
        requestId,
        deadlineAt,
        hops: 0,
        holder: expect.any(String),
        sights: [],
        delaySeconds: 1,
      },
    });
    expect(purposes()).toHaveLength(2);
    await accepted(9);
    expect(purposes()).toEqual([[undefined, 16]]);
    workshop = aWorkshop(job);
    await accepted(4, { policy: quorum(2) });
    expect(purposes()).toEqual([[undefined, 16]]);
  });

  test('of which a share is asked for has the count that it comes to', async () => {
    const { requestId } = await accepted(9, { policy: quorum({ share: 0.5 }) });
    expect(workshop.store.inspect(requestId).head).toMatchObject({ policy: quorum(5), lookAt: 5 });
  });

  test('that died before its ranges were sent is resumed by a repeat, under its own id', async () => {
    const dies = { send: () => Promise.reject(new Error('killed')) };
    await expect(accepted(9, { key }, { ranges: dies })).rejects.toThrow('killed');
    const { requestId } = await accepted(9, { key });
    expect(workshop.ranges.take().map((range) => [range.requestId, range.shard])).toEqual(
      [0, 1, 2].map((shard) => [requestId, shard]),
    );
    expect((await accepted(9, { key })).requestId).toBe(requestId);
    expect(timers.scheduled.every((timer) => timer.requestId === requestId)).toBe(true);
  });

  test('that is scattered is not sent again by a repeat', async () => {
    const { requestId } = await accepted(9, { key });
    workshop.ranges.take();
    await workshop.store.markScattered(requestId, 1_000);
    expect((await accepted(9, { key })).requestId).toBe(requestId);
    expect(workshop.ranges.waiting).toEqual([]);
  });

  test('that was left closing is carried on by a repeat', async () => {
    const { requestId } = await accepted(9, { key });
    await workshop.store.beginClosing({ requestId, reason: 'quorum-reached', at: 1_000, unscattered: true });
    workshop.clock.passTo(10_000);
    expect(await accepted(9, { key })).toMatchObject({ state: 'closing' });
    expect(workshop.shards.waiting).toHaveLength(3);
  });
});

test('a request whose caller is to be called is kept until the last call of them', async () => {
  const callbackTo = { url: 'https://hooks.example.com/done', secret: 'c2VjcmV0' };
  const lastCallMs = 1_000 * CALLBACK_DELAYS_SECONDS.reduce((sum, seconds) => sum + seconds, 0);
  const kept = async (retentionMs: number, changes: Partial<Submission> = {}) => {
    const { ttlEpochSeconds, deadlineAt } = await accepted(1, changes, { retentionMs, ownerOpenRequests: 9 });
    return ttlEpochSeconds * 1_000 - deadlineAt;
  };
  expect(await kept(3_600_000)).toBe(3_600_000);
  expect(await kept(3_600_000, { callbackTo })).toBeGreaterThan(lastCallMs + 9 * LIMITS.callbackMs);
  expect(await kept(86_400_000, { callbackTo })).toBe(86_400_000);
});

describe('a request of one shard', () => {
  test('is published at once, and sends no range', async () => {
    const { requestId } = await accepted(4);
    expect(workshop.publisher.published.map(({ tasks }) => tasks.map(({ taskIndex }) => taskIndex))).toEqual([
      [0],
      [1],
      [2],
      [3],
    ]);
    expect(workshop.publisher.published[0]).toMatchObject({ replyTo: 'results', hops: 0, requestId });
    expect(workshop.ranges.waiting).toEqual([]);
    expect(workshop.store.inspect(requestId).shards.size).toBe(0);
    expect(workshop.store.inspect(requestId).head).toMatchObject({ scatteredAt: 1_000 });
  });

  test('of a job that amends keeps the grace in its head, and its messages live so much longer', async () => {
    const amending = { ...job, late: amend({ graceMs: 5_000 }) };
    const { requestId, deadlineAt } = await accepted(4, { job: amending });
    expect(workshop.store.inspect(requestId).head).toMatchObject({ graceMs: 5_000 });
    expect(workshop.publisher.published[0]).toMatchObject({ graceMs: 5_000, expiresAt: deadlineAt + 7_000 });
    workshop = aWorkshop(job);
    const dropping = await accepted(4);
    expect(workshop.store.inspect(dropping.requestId).head).not.toHaveProperty('graceMs');
    const [envelope] = workshop.publisher.published;
    expect(envelope).toMatchObject({ expiresAt: dropping.deadlineAt + 2_000 });
    expect(envelope).not.toHaveProperty('graceMs');
  });

  test('is looked at once it is known to be sent, unless whoever marked the last success does so', async () => {
    const { store, publisher } = workshop;
    let looks = 0;
    const readChunks: typeof store.readChunks = (...asked) => {
      looks += 1;
      return store.readChunks(...asked);
    };
    const marking = (failed: number): Partial<Distributing> => ({
      store: { ...store, readChunks },
      publisher: {
        async publish(envelopes) {
          await publisher.publish(envelopes);
          const [one] = publisher.published.slice(-1);
          await store.mark(
            headAddress(one?.requestId ?? ''),
            one?.resultsToken ?? '',
            { arrived: 2, failed },
            undefined,
          );
        },
      },
    });
    await accepted(2, {}, marking(0));
    expect(looks).toBe(0);
    await accepted(2, {}, marking(1));
    expect(looks).toBe(1);
  });

  test('fails, saying where, when its split does not do what it did', async () => {
    let splits = 0;
    const odd = aJob({ split: () => (splits++ === 0 ? [{ payload: 1 }, { payload: 2 }] : [{ payload: 1 }]) });
    const { requestId } = await accepted(2, { job: odd });
    expect(workshop.store.inspect(requestId).head).toMatchObject({ state: 'closed', reason: 'job-error' });
    expect(await workshop.store.readAnswer(requestId, 1)).toMatchObject({
      status: 'failed',
      error: { where: 'split' },
    });
  });
});

test('what is refused has changed nothing', async () => {
  const refusals = [
    submission(0),
    submission(3, { policy: quorum(4) }),
    submission(5, { job: { ...job, maxTasks: 4 } }),
  ];
  for (const refused of refusals) expect(await distribute(distributing(), refused)).toHaveProperty('refused');
  expect(timers.scheduled).toEqual([]);
  expect(await workshop.owners.openRequests('ann')).toEqual([]);
  expect(workshop.ranges.waiting).toEqual([]);
});

describe('an owner whose places are taken', () => {
  const refused = { refused: 'too-many-open-requests' };

  test('is refused, which binds no key', async () => {
    const other = { name: 'key', fingerprint: 'other' };
    await accepted(1);
    const last = await accepted(1);
    expect(await distribute(distributing(), submission(1, { key }))).toMatchObject(refused);
    await workshop.owners.release('ann', last.requestId);
    expect(await accepted(2, { key: other })).toMatchObject({ expected: 2 });
    expect(await distribute(distributing(), submission(1, { key }))).toMatchObject({ refused: 'key-reused' });
  });

  test('may repeat what was accepted, though it died before it was registered', async () => {
    await accepted(1);
    const dies = { ...workshop.store, registerHead: () => Promise.reject(new Error('killed')) };
    await expect(accepted(1, { key }, { store: dies })).rejects.toThrow('killed');
    const { requestId } = await accepted(1, { key });
    expect((await accepted(1, { key })).requestId).toBe(requestId);
    expect(await workshop.owners.openRequests('ann')).toHaveLength(2);
  });

  test('has their heads read every three seconds at most, however often they try', async () => {
    let reads = 0;
    const readHead: typeof workshop.store.readHead = (...asked) => {
      reads++;
      return workshop.store.readHead(...asked);
    };
    const through = distributing({ store: { ...workshop.store, readHead } });
    const first = await accepted(1, { deadlineMs: 2_000 });
    await accepted(1);
    for (let time = 0; time < 5; time++) expect(await distribute(through, submission(1))).toMatchObject(refused);
    expect(reads).toBe(2);
    workshop.clock.passTo(first.deadlineAt + 1_000);
    expect(await distribute(through, submission(1))).toMatchObject({ state: 'open' });
  });
});

describe('a submission without a key', () => {
  test('has its timer set while its place is taken', async () => {
    const timerIsSet = Promise.withResolvers<void>();
    const schedule: typeof timers.schedule = async () => timerIsSet.resolve();
    const open: typeof workshop.owners.open = async (...place) => {
      await timerIsSet.promise;
      return workshop.owners.open(...place);
    };
    const through = { owners: { ...workshop.owners, open }, timers: { schedule } };
    expect(await accepted(1, {}, through)).toMatchObject({ state: 'open' });
  });

  test('has all of its time, however long its place took', async () => {
    const open: typeof workshop.owners.open = async (...place) => {
      workshop.clock.passTo(workshop.clock.now() + 2_000);
      return workshop.owners.open(...place);
    };
    const head = await accepted(1, { deadlineMs: 1_000 }, { owners: { ...workshop.owners, open } });
    expect(head.deadlineAt - workshop.clock.now()).toBe(1_000);
    expect(timers.scheduled.filter(({ deadlineAt }) => deadlineAt === head.deadlineAt)).not.toEqual([]);
  });

  test('is refused though its timers cannot be set', async () => {
    const schedule = () => Promise.reject(new Error('throttled'));
    const through = distributing({ ownerOpenRequests: 0, timers: { schedule } });
    expect(await distribute(through, submission(1))).toMatchObject({ refused: 'too-many-open-requests' });
  });

  test('has no timer when its place is refused and its deadline is further than one timer sleeps', async () => {
    const through = distributing({ ownerOpenRequests: 0 });
    expect(await distribute(through, submission(1, { deadlineMs: 900_001 }))).toHaveProperty('refused');
    expect(timers.scheduled).toEqual([]);
  });

  test('leaves its timers alone when its place is refused, and none where its owner was refused a moment ago', async () => {
    const through = distributing({ ownerOpenRequests: 0 });
    expect(await distribute(through, submission(9))).toHaveProperty('refused');
    const [timer] = timers.scheduled.splice(0);
    const { head, shards } = workshop.store.inspect(timer?.requestId ?? 'no timer');
    expect([head, shards.size]).toEqual([undefined, 0]);
    expect([workshop.publisher.published, workshop.ranges.waiting]).toEqual([[], []]);
    expect(await distribute(through, submission(9))).toHaveProperty('refused');
    expect(timers.scheduled).toEqual([]);
  });
});

test('of repeats that race, all are the same request, which has one place', async () => {
  const heads = await Promise.all([1, 2, 3].map(() => accepted(1, { key }, { ownerOpenRequests: 9 })));
  const [first] = heads;
  expect(new Set(heads.map(({ requestId }) => requestId)).size).toBe(1);
  expect(await workshop.owners.openRequests('ann')).toEqual([first?.requestId]);
});
