/** Roll-calls over the whole stack: who is there, asked of services that nobody has registered. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RollCallEnvelope } from '../../shared/core/roll-call/roll-call.ts';
import { type RollCallView, rollCallSchema } from '../../shared/http/roll-call-schemas.ts';
import type { CallOptions } from '../support/api.ts';
import { killOnce } from '../support/assassin.ts';
import { presentAs, send, useFleet } from '../support/instances.ts';

const fleet = useFleet();

const { start } = fleet;

const call = (body: object, headers: Record<string, string> = {}) => post({ body, headers });
async function post(options: CallOptions) {
  const { status, body } = await fleet.cloud.call('/v1/roll-calls', { method: 'POST', ...options });
  return {
    status,
    body: body as unknown as RollCallView & { code: string; detail: string; errors: { field: string }[] },
  };
}
const names = ({ present }: RollCallView): string[] =>
  present.map(({ service, instanceId }) => `${service}/${instanceId}`).toSorted();

/** The next message that asks, held back from nobody. */
async function overhear(service: string): Promise<{ asked: Promise<RollCallEnvelope> }> {
  const { promise, resolve } = Promise.withResolvers<RollCallEnvelope>();
  await start({
    ...{ service, instanceId: 'ear' },
    answers: (envelope) => {
      if (envelope.services?.includes(service)) resolve(envelope);
      return [];
    },
  });
  return { asked: promise };
}

describe('a roll-call', () => {
  it('says who is there, with what they say of themselves, and who is not', async () => {
    const { address } = await start({
      ...{ service: 'pricing', instanceId: 'i-1' },
      answers: (asked) => [
        presentAs(asked, {
          service: 'pricing',
          instanceId: 'i-1',
          version: '1.4.0',
          address: 'https://q',
          metadata: { zone: 'a' },
        }),
      ],
    });
    expect(address).toContain('pricing-i-1');
    const expected = ['pricing/i-1', 'pricing/i-2', 'stock'];
    const { status, body } = await call({ windowMs: 3_000, services: ['pricing', 'stock'], expected });
    expect(status).toBe(200);
    expect(rollCallSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({
      ...{ status: 'partial', windowMs: 3_000 },
      present: [
        { service: 'pricing', instanceId: 'i-1', version: '1.4.0', address: 'https://q', metadata: { zone: 'a' } },
      ],
      absent: [{ service: 'pricing', instanceId: 'i-2' }, { service: 'stock' }],
    });
    expect(body.present[0]?.answeredAfterMs).toBeLessThanOrEqual(3_000);
    expect(body.closedAfterMs).toBeGreaterThanOrEqual(3_000);
    const again = await fleet.cloud.call(body.links.self);
    expect(again).toMatchObject({ status: 200, body });
  });

  it('shows whoever has come since the last one, with no change to anything else', async () => {
    const asked = { windowMs: 20_000, services: ['fleet', 'newcomer'], expected: ['fleet/one'] };
    await start({ service: 'fleet', instanceId: 'one' });
    expect(names((await call(asked)).body)).toEqual(['fleet/one']);
    await start({ service: 'fleet', instanceId: 'two' });
    await start({ service: 'newcomer', instanceId: 'one' });
    expect(names((await call({ ...asked, minimum: 3 })).body)).toEqual(['fleet/one', 'fleet/two', 'newcomer/one']);
  });

  it('ends as soon as everybody who is expected has answered', async () => {
    await start({ service: 'swift', instanceId: 'one' });
    const { body } = await call({ windowMs: 20_000, services: ['swift'], expected: ['swift/one'] });
    expect(body).toMatchObject({ status: 'complete', absent: [] });
    expect(body.closedAfterMs).toBeLessThan(10_000);
  });

  it('learns who usually answers: it waits for them and no longer, and misses them', async () => {
    const asked = { windowMs: 20_000, services: ['usual'] };
    const all = { ...asked, expected: ['usual/one', 'usual/two'] };
    await start({ service: 'usual', instanceId: 'one' });
    const two = await start({ service: 'usual', instanceId: 'two' });
    for (let calls = 0; calls < 3; calls++) expect((await call(all)).body.status).toBe('complete');
    const early = (await call(asked)).body;
    expect(early).toMatchObject({ status: 'complete', absent: [] });
    expect(early.closedAfterMs).toBeLessThan(10_000);
    expect(names(early)).toEqual(['usual/one', 'usual/two']);
    await two.stop();
    const { body } = await call({ ...asked, windowMs: 3_000 });
    expect(body).toMatchObject({
      status: 'partial',
      absent: [{ service: 'usual', instanceId: 'two', missedInARow: 1 }],
    });
    expect(names(body)).toEqual(['usual/one']);
  });

  it('does not mix with fifty others at the same moment', async () => {
    const services = Array.from({ length: 10 }, (_, index) => `crowd-${index}`);
    for (const service of services)
      await start({
        ...{ service, instanceId: 'one' },
        answers: (asked) => [presentAs(asked, { service, instanceId: 'one', metadata: { heard: asked.rollCallId } })],
      });
    const calls = Array.from({ length: 50 }, (_, index) => {
      const asked = services.slice(index % 5, (index % 5) + 5);
      return call({ windowMs: 20_000, services: asked, expected: asked }).then(({ body }) => ({ asked, body }));
    });
    const answered = await Promise.all(calls);
    expect(new Set(answered.map(({ body }) => body.rollCallId)).size).toBe(50);
    for (const { asked, body } of answered) {
      expect(body).toMatchObject({ status: 'complete', absent: [] });
      expect(names(body)).toEqual(asked.map((service) => `${service}/one`).toSorted());
      for (const { metadata } of body.present) expect(metadata).toEqual({ heard: body.rollCallId });
    }
  });

  it('takes a thousand answers at once, each of them double', async () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => `i-${index}`);
    await start({
      ...{ service: 'legion', instanceId: 'all' },
      answers: (asked) =>
        [...ids, ...ids].map((instanceId) =>
          presentAs(asked, { service: 'legion', instanceId, metadata: { text: 'x'.repeat(500) } }),
        ),
    });
    const { body } = await call({ windowMs: 20_000, services: ['legion'], expected: ['legion'], minimum: 1_000 });
    expect(body).toMatchObject({ status: 'complete', absent: [] });
    expect(body.closedAfterMs).toBeLessThan(20_000);
    expect(names(body)).toEqual(ids.map((id) => `legion/${id}`).toSorted());
  });

  it('believes the first of two different answers of one instance', async () => {
    const { asked } = await overhear('twofold');
    const pending = call({ windowMs: 20_000, services: ['twofold'], expected: ['twofold/one', 'twofold/last'] });
    const envelope = await asked;
    const say = (version: string) =>
      send(
        fleet.clients.sqs,
        envelope.replyTo,
        presentAs(envelope, { service: 'twofold', instanceId: 'one', version }),
      );
    await say('first');
    await say('second');
    await send(fleet.clients.sqs, envelope.replyTo, presentAs(envelope, { service: 'twofold', instanceId: 'last' }));
    const { body } = await pending;
    expect(body.present.find(({ instanceId }) => instanceId === 'one')).toMatchObject({ version: 'first' });
  });

  it('hears no forgery, nothing oversize, nothing of another roll-call, and nothing late', async () => {
    const { asked } = await overhear('guarded');
    const pending = call({ windowMs: 20_000, services: ['guarded'], expected: ['guarded/honest'] });
    const envelope = await asked;
    const as = (instanceId: string, more: object = {}) => ({
      ...presentAs(envelope, { service: 'guarded', instanceId }),
      ...more,
    });
    const answers = [
      as('forged', { answersToken: 'guess' }),
      as('oversize', { metadata: { text: 'x'.repeat(3_000) } }),
      as('elsewhere', { rollCallId: '00000000-0000-4000-8000-000000000000' }),
      as('nameless', { service: '' }),
      { v: 1, kind: 'something' },
      as('honest'),
    ];
    for (const answer of answers) await send(fleet.clients.sqs, envelope.replyTo, answer);
    const { body } = await pending;
    expect(names(body)).toEqual(['guarded/honest']);
    await send(fleet.clients.sqs, envelope.replyTo, as('late'));
    const fence = await call({ windowMs: 500, services: ['nobody'] });
    expect(fence.status).toBe(200);
    expect((await fleet.cloud.call(body.links.self)).body).toEqual(body);
  });

  it('is answered over HTTPS by who has its token, and by nobody else', async () => {
    const { asked } = await overhear('abroad');
    const pending = call({ windowMs: 20_000, services: ['abroad'], expected: ['abroad/one'] });
    const { answersPath, answersToken } = await asked;
    const answer = (instanceId: string, token: string) =>
      fleet.cloud.call(answersPath, {
        ...{ method: 'POST', body: { service: 'abroad', instanceId } },
        headers: { authorization: `Bearer ${token}` },
      });
    expect(await answer('two', 'guess')).toMatchObject({ status: 404, body: { code: 'unknown-roll-call' } });
    expect(await answer('one', answersToken)).toMatchObject({ status: 202 });
    const { body } = await pending;
    expect(body).toMatchObject({ status: 'complete', present: [{ instanceId: 'one' }] });
    expect(await answer('three', answersToken)).toMatchObject({ status: 409, body: { code: 'roll-call-closed' } });
  });

  it('is its owner’s alone', async () => {
    const { body } = await call({ windowMs: 100, services: ['nobody'] }, { 'x-fanfold-owner': 'alice' });
    const foreign = await fleet.cloud.call(body.links.self, { headers: { 'x-fanfold-owner': 'mallory' } });
    const unknown = await fleet.cloud.call('/v1/roll-calls/00000000-0000-4000-8000-000000000000');
    expect(foreign).toMatchObject({ status: 404, body: { code: 'unknown-roll-call' } });
    expect(foreign.body).toEqual(unknown.body);
    const own = await fleet.cloud.call(body.links.self, { headers: { 'x-fanfold-owner': 'alice' } });
    expect(own.body).toEqual(body);
  });

  it.each(['kill-before', 'kill-after'] as const)(
    'is told whole to who asks again when its function died (%s)',
    async (verdict) => {
      const heard = await overhear(`orphan-${verdict}`);
      const closes = /:closed/;
      const { intercept, killed } = killOnce('RollCall', { verdict, at: 1 }, ({ body }) =>
        closes.test(JSON.stringify(body)),
      );
      fleet.cloud.intercept(intercept);
      onTestFinished(() => fleet.cloud.intercept(undefined));
      const pending = post({ body: { windowMs: 6_000, services: [`orphan-${verdict}`] } });
      const envelope = await heard.asked;
      await send(
        fleet.clients.sqs,
        envelope.replyTo,
        presentAs(envelope, { service: `orphan-${verdict}`, instanceId: 'one' }),
      );
      expect((await pending).status).toBe(500);
      expect(killed).toHaveLength(1);
      const { body } = await fleet.cloud.call(`/v1/roll-calls/${envelope.rollCallId}`);
      expect(body).toMatchObject({ status: 'complete' });
      expect(names(body as unknown as RollCallView)).toEqual([`orphan-${verdict}/one`]);
    },
  );
});

describe('a bad roll-call', () => {
  it.each([
    ['a window too short', { windowMs: 99 }, 'windowMs'],
    ['a window too long', { windowMs: 20_001 }, 'windowMs'],
    ['a least window above the window', { windowMs: 500, minWindowMs: 501 }, 'minWindowMs'],
    ['a service that is no name', { services: ['a b'] }, 'services/0'],
    ['no service at all', { services: [] }, 'services'],
    ['too many services', { services: Array.from({ length: 201 }, (_, index) => `s${index}`) }, 'services'],
    ['a member that is no name', { expected: ['a/b/c'] }, 'expected/0'],
    ['a member of a service that is not asked', { services: ['a'], expected: ['a/1', 'b/1'] }, 'expected/1'],
    ['a negative minimum', { minimum: -1 }, 'minimum'],
    ['an unknown field', { colour: 'red' }, 'colour'],
  ])('with %s is refused by name, and nobody is asked', async (_, body, field) => {
    const refused = await call(body);
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid-input', errors: [{ field }] } });
  });

  it('over the limit is refused by size', async () => {
    const { status, body } = await post({ raw: JSON.stringify({ filler: 'x'.repeat(131_072) }) });
    expect({ status, code: body.code }).toEqual({ status: 413, code: 'input-too-large' });
  });
});
