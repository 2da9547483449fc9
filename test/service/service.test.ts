/** What of the instance helper and the sweep needs no cloud. */
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { instanceQueueName, ownerOf, serviceQueueName, tagsOf } from '../../service/names.ts';
import { answerRollCall, isRollCall, presentAt } from '../../service/present.ts';
import { sweep } from '../../service/sweep.ts';
import { rollCallEnvelope } from '../../shared/core/roll-call/roll-call.ts';
import { startLocalTopic } from '../support/local-topic.ts';
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

  it('that cannot be answered is left, so that what came with it is done', async () => {
    const local = await startLocalTopic();
    onTestFinished(() => local.close());
    const warned: string[] = [];
    const answerer = { sqs: local.sqs, present: self, telemetry: { warn: (line: string) => void warned.push(line) } };
    const gone = rollCallEnvelope(aRollCall(), `${local.queueUrl}-gone`);
    await answerRollCall(answerer, gone, 1_000_001);
    const failing = { ...self, metadata: () => expect.fail('no load to tell') };
    await answerRollCall({ ...answerer, present: failing }, gone, 1_000_001);
    expect(warned).toEqual(['roll-call not answered', 'roll-call not answered']);
    await answerRollCall(answerer, rollCallEnvelope(aRollCall(), local.queueUrl), 1_000_001);
    expect((await local.taken()).map(({ Body = '' }) => JSON.parse(Body).instanceId)).toEqual(['i-1']);
  });
});

describe('a sweep', () => {
  it('removes nothing where nobody answers, unless they may all be dead', async () => {
    const local = await startLocalTopic();
    onTestFinished(() => local.close());
    const tags = tagsOf(OWNER);
    await local.sqs.send(new CreateQueueCommand({ QueueName: instanceQueueName(OWNER), tags }));
    const sweeping = {
      ...{ sqs: local.sqs, sns: local.sns, stackName: 'Fanfold', topicArns: [local.topicArn], rollCalls: 3 },
      ...{ olderThanMs: 600_000, now: () => Date.now() + 3_600_000, callRoll: async () => [] },
    };
    await expect(sweep(sweeping)).rejects.toMatchObject({ code: 'nobody-answered' });
    const others = async () => [{ service: 'stock', instanceId: 'i-9' }];
    expect(await sweep({ ...sweeping, callRoll: others, isDryRun: true })).toMatchObject([OWNER]);
    expect(await sweep({ ...sweeping, mayAllBeDead: true })).toMatchObject([OWNER]);
    expect(await sweep(sweeping)).toEqual([]);
  });
});
