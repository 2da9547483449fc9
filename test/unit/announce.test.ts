/** Who asks for a completion notice, and what the notifier tells. */
import { describe, expect, test } from 'vitest';
import { notify, readDue } from '../../functions/notifier/notify.ts';
import type { CompletionNotice } from '../../shared/core/ports.ts';
import { closeRequest } from '../../shared/gathering/close.ts';
import { aChunk, aSuccess } from '../support/builders.ts';
import { aJob } from '../support/jobs.ts';
import { aWorkshop, registered } from '../support/workshop.ts';

async function closable(topicNotice: true | undefined) {
  const workshop = aWorkshop(aJob({}), 5_000);
  await registered(workshop.store, { topicNotice });
  const results = [aSuccess(0), aSuccess(1), aSuccess(2)];
  await workshop.store.putChunk({ requestId: 'request', place: 'head' }, 'token', aChunk('c', ...results), 90_000);
  const told: CompletionNotice[] = [];
  const topic = { publish: async (notice: CompletionNotice) => void told.push(notice) };
  return { workshop, told, notifying: { ...workshop, topic } };
}

describe('whoever closes a request', () => {
  test('asks for its notice once, if one is wanted', async () => {
    const { workshop } = await closable(true);
    for (let time = 0; time < 2; time++) await closeRequest(workshop, 'request', 'all-succeeded');
    expect(workshop.notices.asked).toEqual([{ requestId: 'request' }]);
  });

  test('asks for none that nobody wants', async () => {
    const { workshop } = await closable(undefined);
    await closeRequest(workshop, 'request', 'all-succeeded');
    expect(workshop.notices.asked).toEqual([]);
  });

  test('has closed it although the notice could not be asked for, and leaves the mark', async () => {
    const { workshop } = await closable(true);
    workshop.notices.send = () => Promise.reject(new Error('SQS is away'));
    const head = await closeRequest(workshop, 'request', 'all-succeeded');
    expect(head).toMatchObject({ state: 'closed', topicNotice: true });
    expect(await workshop.store.readHead('request', 5_000)).toMatchObject({ state: 'closed', topicNotice: true });
  });
});

describe('the notifier', () => {
  test('tells of a closed request without its aggregate, and takes the mark away', async () => {
    const { workshop, notifying, told } = await closable(true);
    await closeRequest(workshop, 'request', 'all-succeeded');
    expect(await notify(notifying, { requestId: 'request' })).toBe('sent');
    expect(told).toEqual([
      {
        ...{
          v: 1,
          requestId: 'request',
          job: 'job',
          status: 'complete',
          completionReason: 'all-succeeded',
          version: 1,
        },
        ...{ tasks: { expected: 3, succeeded: 3, failed: 0, missing: 0 }, coverage: 1 },
        ...{ acceptedAt: 1_000, deadlineAt: 21_000, closedAt: 5_000 },
        links: { self: '/v1/requests/request', results: '/v1/requests/request/results' },
      },
    ]);
    expect(workshop.telemetry.counted('NoticesSent')).toBe(1);
    expect(await notify(notifying, { requestId: 'request' })).toBe('not-due');
    expect(told).toHaveLength(1);
  });

  test('tells again if it died before it took the mark away', async () => {
    const { workshop, notifying, told } = await closable(true);
    await closeRequest(workshop, 'request', 'all-succeeded');
    const dying = {
      ...notifying,
      store: { ...workshop.store, clearNotice: () => Promise.reject(new Error('killed')) },
    };
    await expect(notify(dying, { requestId: 'request' })).rejects.toThrow('killed');
    expect(await notify(notifying, { requestId: 'request' })).toBe('sent');
    expect(told).toHaveLength(2);
  });

  test('says nothing of an open request, of an unwatched one, or of none', async () => {
    const [open, unwatched] = [await closable(true), await closable(undefined)];
    await closeRequest(unwatched.workshop, 'request', 'all-succeeded');
    expect(await notify(open.notifying, { requestId: 'request' })).toBe('not-due');
    expect(await notify(unwatched.notifying, { requestId: 'request' })).toBe('not-due');
    expect(await notify(open.notifying, { requestId: 'another' })).toBe('not-due');
    expect([...open.told, ...unwatched.told]).toEqual([]);
  });

  test.each(['{}', 'null', '[]', '{"requestId":1}', 'no JSON'])('refuses the message %s', (body) => {
    expect(() => readDue(body)).toThrow();
  });
});
