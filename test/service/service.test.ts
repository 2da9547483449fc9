/** What of the instance helper and the sweep needs no cloud. */
import { describe, expect, it } from 'vitest';
import { instanceQueueName, ownerOf, serviceQueueName, tagsOf } from '../../service/names.ts';
import { isRollCall, presentAt } from '../../service/present.ts';
import { rollCallEnvelope } from '../../shared/core/roll-call/roll-call.ts';
import { aRollCall } from '../support/roll-calls.ts';

const OWNER = { stackName: 'Fanfold', service: 'pricing', instanceId: 'i-1' };

describe('queues', () => {
  it('are called and tagged as their stack, service and instance', () => {
    expect(serviceQueueName(OWNER)).toBe('Fanfold-service-pricing');
    expect(instanceQueueName(OWNER)).toBe('Fanfold-instance-pricing-i-1');
    expect(ownerOf(tagsOf(OWNER), 'Fanfold')).toEqual(OWNER);
  });

  it.each([{ instanceId: 'a.b' }, { service: 'a/b' }, { instanceId: 'x'.repeat(80) }])(
    'have no name that SQS does not take: %j',
    (changes) => {
      expect(() => instanceQueueName({ ...OWNER, ...changes })).toThrow(/1 to 80 characters/);
    },
  );

  it.each([
    ['of another stack', tagsOf({ ...OWNER, stackName: 'Other' })],
    ['of a service', tagsOf({ stackName: 'Fanfold', service: 'pricing' })],
    ["of somebody else's", {}],
  ])('%s are nobody’s to remove', (_, tags) => {
    expect(ownerOf(tags, 'Fanfold')).toBeUndefined();
  });
});

describe('a roll-call', () => {
  const asked = (changes = {}) => rollCallEnvelope(aRollCall(changes), 'answers');
  const self = { service: 'pricing', instanceId: 'i-1', address: 'queue', metadata: () => ({ load: 1 }) };

  it('is known from anything else', () => {
    expect(isRollCall(asked())).toBe(true);
    for (const other of [
      undefined,
      null,
      7,
      {},
      { ...asked(), v: 2 },
      { ...asked(), replyTo: '' },
      { ...asked(), kind: 'x' },
    ])
      expect(isRollCall(other)).toBe(false);
  });

  it('is answered by who is asked, in time, with what is so now', () => {
    const body = { v: 1, kind: 'present', rollCallId: 'roll-call', answersToken: 'token' };
    const { metadata, ...named } = self;
    expect(presentAt(asked(), self, 1_001_999)).toEqual([
      { to: 'answers', body: { ...body, ...named, metadata: metadata() } },
    ]);
    expect(presentAt(asked({ services: ['stock', 'pricing'] }), self, 1_000_001)).toHaveLength(1);
    expect(presentAt(asked({ services: ['stock'] }), self, 1_000_001)).toEqual([]);
    expect(presentAt(asked(), self, 1_002_000)).toEqual([]);
  });
});
