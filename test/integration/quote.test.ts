/** An auction over the whole stack: bidders that nobody has registered, one of them silent, one that joins between two requests. */
import { expect, it } from 'vitest';
import type { Quotes } from '../../jobs/quote/job.ts';
import type { TaskEnvelope } from '../../shared/core/envelope.ts';
import { answersTo, instanceQueue, send, useFleet } from '../support/instances.ts';

const fleet = useFleet();

/** A bidder that asks so much, or says nothing once it is asked for a price. */
async function start(instanceId: string, pence: number | 'silent'): Promise<void> {
  await fleet.start({
    ...{ service: 'bidder', instanceId, ...instanceQueue('bidder', instanceId) },
    take: async (body) => {
      const envelope = body as unknown as TaskEnvelope;
      if (pence !== 'silent') await send(fleet.clients.sqs, envelope.replyTo, answersTo(envelope, { pence }));
    },
  });
}

const quote = async () => {
  const { body } = await fleet.cloud.ask('quote', { item: 'rope' }, '?deadlineMs=5000');
  const { best } = (body.aggregate ?? { best: [] }) as Quotes;
  return { body, best: best.map(({ bidder, pence }) => [bidder, pence]) };
};

it('where nobody is there, nothing is asked, and the refusal says so', async () => {
  expect((await quote()).body).toMatchObject({
    ...{ status: 409, code: 'nobody-present' },
    detail: 'job asks who is there, and no instance of bidder answered within 2000 ms',
  });
});

it('the best prices of whoever is there by the deadline are the answer, and the silent are missing', async () => {
  await start('dear', 900);
  await start('cheap', 400);
  await start('mute', 'silent');
  const first = await quote();
  expect(first.body).toMatchObject({
    ...{ status: 'partial', completionReason: 'deadline-passed' },
    tasks: { expected: 3, succeeded: 2, failed: 0, missing: 1 },
    missing: [{ label: 'mute', cause: 'timed-out' }],
  });
  expect(first.best).toEqual([
    ['cheap', 400],
    ['dear', 900],
  ]);

  await start('newcomer', 300);
  const second = await quote();
  expect(second.body.tasks).toEqual({ expected: 4, succeeded: 3, failed: 0, missing: 1 });
  expect(second.best).toEqual([
    ['newcomer', 300],
    ['cheap', 400],
    ['dear', 900],
  ]);
});
