/** Tasks for chosen instances over the whole stack: they reach that one alone, and no queue that is not an instance's of the stack. */
import { CreateQueueCommand, DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { TaskEnvelope } from '../../shared/core/envelope.ts';
import {
  answersTo,
  type InstanceOptions,
  instanceQueue,
  presentAs,
  type RunningInstance,
  send,
  subscribeTo,
  useFleet,
} from '../support/instances.ts';

const fleet = useFleet();

/** An instance of pricing that answers its own name to every task. */
async function start(instanceId: string, options: Partial<InstanceOptions> = {}): Promise<RunningInstance> {
  return fleet.start({
    ...{ service: 'pricing', instanceId, ...instanceQueue('pricing', instanceId) },
    take: async (body) => {
      const envelope = body as unknown as TaskEnvelope;
      await send(fleet.clients.sqs, envelope.replyTo, answersTo(envelope, instanceId));
    },
    ...options,
  });
}

const rollCall = async (...expected: string[]) => {
  const body = { windowMs: 20_000, services: ['pricing'], expected: expected.map((id) => `pricing/${id}`) };
  expect((await fleet.cloud.call('/v1/roll-calls', { method: 'POST', body })).body).toMatchObject({
    status: 'complete',
  });
};
const ask = async (...tasks: readonly { leaf: 'strict' | 'lenient'; instance?: string }[]) =>
  (await fleet.cloud.ask('chosen', { tasks })).body;
const tasksAt = ({ received }: RunningInstance) => received.filter(({ kind }) => kind !== 'roll-call');

/** The queue of an instance that may make and tag its own service's queues alone. */
const thief = () => {
  const { queueName, tags } = instanceQueue('evil', 'thief');
  return [queueName, tags] as const;
};

describe('a task for a chosen instance', () => {
  it('reaches that one, and no other', async () => {
    const [one, two] = [await start('i-1'), await start('i-2')];
    for (const instance of [one, two])
      await subscribeTo(fleet.clients, fleet.cloud.resource('ScatterGatherGatheringTasksTopic').ref, instance.address, {
        leaf: ['chosen.strict'],
      });
    await rollCall('i-1', 'i-2');
    const body = await ask({ leaf: 'strict', instance: 'i-2' }, { leaf: 'strict', instance: 'i-2' });
    expect(body).toMatchObject({ status: 'complete', aggregate: ['i-2', 'i-2'] });
    expect(tasksAt(one)).toEqual([]);
    expect(tasksAt(two).every(({ instance }) => instance === 'i-2')).toBe(true);
  });

  it('that nobody has heard of fails at once', async () => {
    const { body } = await fleet.cloud.ask('chosen', { tasks: [{ leaf: 'strict', instance: 'i-9' }] });
    expect(body).toMatchObject({ status: 'failed', failed: [{ cause: 'no-such-instance', taskIndex: 0 }] });
    expect((body.closedAt ?? 0) - body.acceptedAt).toBeLessThan(15_000);
  });

  it('whose name can be none is refused', async () => {
    expect(await ask({ leaf: 'strict', instance: '../etc' })).toMatchObject({ code: 'cannot-split' });
  });

  it('whose queue is gone fails at once, and goes elsewhere where the job says so', async () => {
    const gone = await start('i-3');
    const other = await start('i-4');
    await subscribeTo(fleet.clients, fleet.cloud.resource('ScatterGatherGatheringTasksTopic').ref, other.address, {
      leaf: ['chosen.lenient'],
    });
    await rollCall('i-3', 'i-4');
    await gone.stop();
    await fleet.clients.sqs.send(new DeleteQueueCommand({ QueueUrl: gone.address }));
    const body = await ask({ leaf: 'strict', instance: 'i-3' }, { leaf: 'lenient', instance: 'i-3' });
    expect(body).toMatchObject({
      ...{ status: 'partial', aggregate: ['i-4'] },
      failed: [{ taskIndex: 0, cause: 'no-such-instance' }],
    });
  });

  it.each([
    ['is not called as the stack’s', 'somebody-elses-queue', { 'fanfold:stack': 'Fanfold' }],
    ['is another stack’s by its tag', 'Fanfold-instance-pricing-tagged', { 'fanfold:stack': 'Other' }],
    ['has no tag', 'Fanfold-instance-pricing-untagged', undefined],
    ['is another service’s, which says it is an instance of this one', ...thief()],
  ])('never writes to a queue that %s', async (_, queueName, tags) => {
    const { QueueUrl = '' } = await fleet.clients.sqs.send(
      new CreateQueueCommand({ QueueName: queueName, ...(tags ? { tags } : {}) }),
    );
    const name = `liar-${queueName}`;
    await start(name, {
      answers: (asked) => [presentAs(asked, { service: 'pricing', instanceId: name, address: QueueUrl })],
    });
    await rollCall(name);
    expect(await ask({ leaf: 'strict', instance: name })).toMatchObject({
      failed: [{ cause: 'no-such-instance' }],
    });
    expect(await fleet.clients.waiting(QueueUrl)).toBe(0);
  });
});
