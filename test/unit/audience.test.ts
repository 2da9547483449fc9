/** Jobs with an audience: a submission is split over who is present, and over the same ones when it is repeated. */
import { describe, expect, it } from 'vitest';
import { type Distributing, distribute, type Submission } from '../../functions/distributor/distribute.ts';
import type { Attendee, Heard } from '../../shared/core/audience.ts';
import { all } from '../../shared/core/completion.ts';
import { external } from '../../shared/core/job.ts';
import { whoIsPresent } from '../../shared/roll-call/who-is-present.ts';
import { capturedTimers, fakeClock } from '../support/fakes.ts';
import { aJob } from '../support/jobs.ts';
import { aRollCallWorld } from '../support/roll-calls.ts';
import { aWorkshop } from '../support/workshop.ts';

const job = aJob({
  leaves: { bidder: external({ service: 'bidder' }) },
  audience: { services: ['bidder'], windowMs: 500 },
  maxTasks: 100,
  split: (input, { present }: Heard = { present: [] }) =>
    present.map(({ instanceId }) => ({ instance: instanceId, label: instanceId, payload: input })),
});
const named = (...ids: string[]): Attendee[] => ids.map((instanceId) => ({ service: 'bidder', instanceId }));
const key = { name: 'key', fingerprint: 'same' };
const submission = (changes: Partial<Submission> = {}): Submission => ({
  ...{ owner: 'ann', job, input: 'rope', deadlineMs: 20_000, policy: all(), waits: false },
  ...changes,
});

/** A distributor whose roll-calls find these, one after another. */
function distributorOf(...rolls: readonly Attendee[][]) {
  const workshop = aWorkshop(job);
  const asked: unknown[] = [];
  const calls = rolls.values();
  const distributing: Distributing = {
    ...workshop,
    ...{
      timers: capturedTimers(),
      replyTo: 'results',
      ownerOpenRequests: 9,
      reclaimedAt: new Map(),
      callbackHosts: [],
    },
    ...{ tasksPerShard: 100, shardsInFlight: 3 },
    async whoIsPresent(owner, audience) {
      asked.push([owner, audience]);
      return calls.next().value ?? [];
    },
  };
  const published = () => workshop.publisher.published.splice(0).map(({ instance, tasks }) => [instance, tasks.length]);
  return { workshop, distributing, asked, published };
}

describe('a submission to a job with an audience', () => {
  it('is split over who is present, asked once', async () => {
    const { distributing, asked, published } = distributorOf(named('a', 'b'));
    expect(await distribute(distributing, submission())).toMatchObject({ expected: 2 });
    expect(published()).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    expect(asked).toEqual([['ann', job.audience]]);
  });

  it('keeps who was present, so that labels are found again', async () => {
    const { distributing, workshop } = distributorOf(named('a', 'b'));
    const head = await distribute(distributing, submission());
    if ('refused' in head) throw new Error(head.message);
    expect(head.input?.value ?? (await workshop.store.readInput(head.requestId))).toEqual({
      ...{ input: 'rope', present: named('a', 'b') },
    });
  });

  it('is refused where nobody is there', async () => {
    const { distributing } = distributorOf([]);
    expect(await distribute(distributing, submission())).toMatchObject({ refused: 'nobody-present' });
  });

  it('that is repeated under its key has the audience of the first call, and calls no roll again', async () => {
    const { distributing, asked, published } = distributorOf(named('a', 'b'), named('c'));
    const dying = { ...distributing, publisher: { publish: () => Promise.reject(new Error('killed')) } };
    await expect(distribute(dying, submission({ key }))).rejects.toThrow('killed');
    expect(await distribute(distributing, submission({ key }))).toMatchObject({ expected: 2 });
    expect(published().map(([instance]) => instance)).toEqual(['a', 'b']);
    expect(asked).toHaveLength(1);
  });

  it('that died before it was registered has the audience that was kept', async () => {
    const { distributing, asked, published } = distributorOf(named('a', 'b'), named('c'));
    const owners = { ...distributing.owners, open: () => Promise.reject(new Error('killed')) };
    await expect(distribute({ ...distributing, owners }, submission({ key }))).rejects.toThrow('killed');
    await distribute(distributing, submission({ key }));
    expect(published().map(([instance]) => instance)).toEqual(['a', 'b']);
    expect(asked).toHaveLength(1);
  });

  it('that comes twice at once has one audience', async () => {
    const { distributing, published } = distributorOf(named('a', 'b'), named('c'));
    const [first, second] = await Promise.all([1, 2].map(() => distribute(distributing, submission({ key }))));
    expect(first).toMatchObject({ expected: 2 });
    expect(second).toMatchObject({ expected: 2 });
    expect(new Set(published().map(([instance]) => instance))).toEqual(new Set(['a', 'b']));
  });

  it('under a key of another submission is refused, and nobody is asked', async () => {
    const { distributing, asked } = distributorOf(named('a'), named('b'));
    await distribute(distributing, submission({ key }));
    const other = submission({ key: { ...key, fingerprint: 'other' } });
    expect(await distribute(distributing, other)).toMatchObject({ refused: 'key-reused' });
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['no service', { services: [], windowMs: 500 }],
    ['a service that is no name', { services: ['a b'], windowMs: 500 }],
    ['a window too short', { services: ['a'], windowMs: 50 }],
    ['a window too long', { services: ['a'], windowMs: 10_001 }],
    ['an unknown option', { services: ['a'], windowMs: 500, colour: 'red' }],
  ])('is of no job whose audience has %s', (_, audience) => {
    expect(() => aJob({ audience })).toThrow(/audience/);
  });
});

it('an audience is asked by a roll-call of its services, and says no address', async () => {
  const world = aRollCallWorld(fakeClock());
  const rollCall = { rollCallId: 'request-1', ttlEpochSeconds: 2_000_000_000 };
  world.topic.publish = async ({ services }) => {
    expect(services).toEqual(['bidder']);
    const answer = {
      service: 'bidder',
      instanceId: 'a',
      address: 'q/a',
      metadata: { zone: 'z' },
      receivedAt: 1_000_001,
    };
    await world.store.putAnswers(rollCall, 'token-1', { chunkId: 'one', answers: [answer] });
  };
  expect(await whoIsPresent(world)('ann', { services: ['bidder'], windowMs: 500 })).toEqual([
    { service: 'bidder', instanceId: 'a', metadata: { zone: 'z' } },
  ]);
});
