/** Who asks for a completion notice, and what the notifier tells. */
import { describe, expect, test } from 'vitest';
import { aggregate } from '../../functions/aggregator/aggregate.ts';
import { notify, readDue } from '../../functions/notifier/notify.ts';
import type { CallbackAddress } from '../../shared/core/gathering.ts';
import { CALLBACK_DELAYS_SECONDS } from '../../shared/core/limits.ts';
import { written } from '../../shared/core/membership.ts';
import type { CallbackOutcome, CallbackSender, CompletionNotice } from '../../shared/core/ports/notices.ts';
import { closeRequest } from '../../shared/gathering/close.ts';
import { readSettled } from '../../shared/gathering/settle.ts';
import { aChunk, aHeader, aSuccess } from '../support/builders.ts';
import { capturedResults } from '../support/fakes.ts';
import { aJob } from '../support/jobs.ts';
import { aWorkshop, registered } from '../support/workshop.ts';

type Called = Parameters<CallbackSender['send']>[1] & { readonly to: CallbackAddress };

const TO: CallbackAddress = { url: 'https://hooks.example.com/done', secret: 'c2VjcmV0' };

async function closable(topicNotice: true | undefined, callbackTo?: CallbackAddress) {
  const workshop = aWorkshop(aJob({}), 5_000);
  await registered(workshop.store, { topicNotice, callbackTo });
  const chunk = aChunk('c', aSuccess(0), aSuccess(1), aSuccess(2));
  await workshop.store.putChunk({ requestId: 'request', place: 'head' }, 'token', written(chunk), 90_000);
  const told: CompletionNotice[] = [];
  const topic = { publish: async (notice: CompletionNotice) => void told.push(notice) };
  const calls: Called[] = [];
  const answers: CallbackOutcome[] = [];
  const callbacks: CallbackSender = {
    async send(to, message) {
      calls.push({ to, ...message });
      return answers.shift() ?? { outcome: 'not-taken', reason: 'answered 500' };
    },
  };
  const notifying = { ...workshop, topic, callbacks, results: capturedResults(), home: workshop.replyTo };
  return { workshop, told, calls, answers, notifying };
}

describe('whoever closes a request', () => {
  test('asks for its notice once, if one is wanted', async () => {
    const { workshop } = await closable(true);
    for (let time = 0; time < 2; time++) await closeRequest(workshop, 'request', 'all-succeeded');
    expect(workshop.notices.asked).toEqual([{ requestId: 'request', attempt: 1, delaySeconds: 0 }]);
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

describe('a request whose closer died before its notice', () => {
  const REPORT = { ...aHeader(), results: [aSuccess(0), aSuccess(1), aSuccess(2)] };
  const FORGOTTEN = { requestId: 'request', attempt: 1, delaySeconds: 0 };

  async function left(changes: Parameters<typeof registered>[1]) {
    const workshop = aWorkshop(aJob({}), 5_000);
    await registered(workshop.store, changes);
    const notices = { send: () => Promise.reject(new Error('killed')) };
    await aggregate({ ...workshop, notices }, [REPORT]);
    return workshop;
  }

  test('has it asked for by its messages, which come again, though not by what comes at once', async () => {
    const workshop = await left({ topicNotice: true });
    await aggregate(workshop, [REPORT]);
    expect(workshop.notices.asked).toEqual([]);
    workshop.clock.passTo(15_000);
    await aggregate(workshop, [REPORT]);
    expect(workshop.notices.asked).toEqual([FORGOTTEN]);
  });

  test('has it asked for by readers and by who would close it', async () => {
    const workshop = await left({ callbackTo: TO });
    workshop.clock.passTo(15_000);
    await readSettled(workshop, 'request');
    await closeRequest(workshop, 'request', 'cancelled');
    expect(workshop.notices.asked).toEqual([FORGOTTEN, FORGOTTEN]);
  });

  test('is not called by them once a call was not taken: the notifier calls again by itself', async () => {
    const { workshop, notifying } = await closable(undefined, TO);
    await closeRequest(workshop, 'request', 'all-succeeded');
    await notify(notifying, { requestId: 'request', attempt: 1 });
    workshop.clock.passTo(20_000);
    await readSettled(workshop, 'request');
    expect(workshop.notices.asked.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });
});

describe('a closing write whose answer never came', () => {
  const taking = [
    ['closeWhole', [[0, 1, 2]]],
    ['closeAtOnce', [[0], [1, 2]]],
  ] as const;
  test.each(taking)('%s is found to be our own: notice, place and counts are as ever', async (write, batches) => {
    const workshop = aWorkshop(aJob({}), 5_000);
    const head = await registered(workshop.store, { topicNotice: true });
    await workshop.owners.open(head.owner, head.requestId, { limit: 9, ttlEpochSeconds: 9_000_000_000 });
    const unheard = async (...call: never[]) => {
      await (workshop.store[write] as (...call: never[]) => Promise<unknown>)(...call);
      return 'refused';
    };
    const store = { ...workshop.store, [write]: unheard };
    for (const batch of batches)
      await aggregate({ ...workshop, store }, [{ ...aHeader(), results: batch.map((task) => aSuccess(task)) }]);
    expect(workshop.notices.asked).toHaveLength(1);
    expect(workshop.telemetry.logged).toEqual(['request closed']);
    expect(workshop.telemetry.counted('ResultsLate')).toBe(0);
    expect(await workshop.owners.openRequests(head.owner)).toEqual([]);
  });
});

describe('the notifier', () => {
  test('tells of a closed request without its aggregate, and takes the mark away', async () => {
    const { workshop, notifying, told } = await closable(true);
    await closeRequest(workshop, 'request', 'all-succeeded');
    expect(await notify(notifying, { requestId: 'request', attempt: 1 })).toBe('handled');
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
    expect(await notify(notifying, { requestId: 'request', attempt: 1 })).toBe('not-due');
    expect(told).toHaveLength(1);
  });

  test('tells again if it died before it took the mark away', async () => {
    const { workshop, notifying, told } = await closable(true);
    await closeRequest(workshop, 'request', 'all-succeeded');
    const dying = {
      ...notifying,
      store: { ...workshop.store, clearNotice: () => Promise.reject(new Error('killed')) },
    };
    await expect(notify(dying, { requestId: 'request', attempt: 1 })).rejects.toThrow('killed');
    expect(await notify(notifying, { requestId: 'request', attempt: 1 })).toBe('handled');
    expect(told).toHaveLength(2);
  });

  test('says nothing of an open request, of an unwatched one, or of none', async () => {
    const [open, unwatched] = [await closable(true), await closable(undefined)];
    await closeRequest(unwatched.workshop, 'request', 'all-succeeded');
    expect(await notify(open.notifying, { requestId: 'request', attempt: 1 })).toBe('not-due');
    expect(await notify(unwatched.notifying, { requestId: 'request', attempt: 1 })).toBe('not-due');
    expect(await notify(open.notifying, { requestId: 'another', attempt: 1 })).toBe('not-due');
    expect([...open.told, ...unwatched.told]).toEqual([]);
  });

  test.each(['{}', 'null', '[]', '{"requestId":1}', '{"requestId":"r"}', '{"requestId":"r","attempt":0}', 'no JSON'])(
    'refuses the message %s',
    (body) => {
      expect(() => readDue(body)).toThrow();
    },
  );
});

describe('a callback', () => {
  const due = (attempt: number) => ({ requestId: 'request', attempt });

  test('is called with what the topic would hear, and is done with once it is taken', async () => {
    const { workshop, notifying, calls, answers, told } = await closable(undefined, TO);
    answers.push({ outcome: 'taken', reason: 'answered 204' });
    await closeRequest(workshop, 'request', 'all-succeeded');
    expect(workshop.notices.asked).toEqual([{ ...due(1), delaySeconds: 0 }]);
    await notify(notifying, due(1));
    expect(await notify(notifying, due(1))).toBe('not-due');
    expect(calls).toMatchObject([{ to: TO, id: 'request-v1', at: 5_000 }]);
    expect(JSON.parse(calls[0]?.body ?? '')).toMatchObject({ requestId: 'request', status: 'complete', coverage: 1 });
    expect(told).toEqual([]);
    expect(await workshop.store.readHead('request', 5_000)).not.toHaveProperty('callbackTo');
  });

  test('is tried again with growing delays, and then given up; the topic is not told again', async () => {
    const { workshop, notifying, calls, told } = await closable(true, TO);
    await closeRequest(workshop, 'request', 'all-succeeded');
    const attempts = CALLBACK_DELAYS_SECONDS.length + 1;
    for (let attempt = 1; attempt <= attempts; attempt++) await notify(notifying, due(attempt));
    const [, ...again] = workshop.notices.asked;
    expect(again).toEqual(CALLBACK_DELAYS_SECONDS.map((delaySeconds, index) => ({ ...due(index + 2), delaySeconds })));
    expect([calls.length, told.length]).toEqual([attempts, 1]);
    expect(workshop.telemetry.counted('NoticesFailed')).toBe(1);
    expect(await notify(notifying, due(1))).toBe('not-due');
  });

  test('is given up at once where it is gone', async () => {
    const { workshop, notifying, answers } = await closable(undefined, TO);
    answers.push({ outcome: 'gone', reason: 'answered 410' });
    await closeRequest(workshop, 'request', 'all-succeeded');
    await notify(notifying, due(1));
    expect(workshop.notices.asked).toHaveLength(1);
    expect(workshop.telemetry.counted('NoticesFailed')).toBe(1);
    expect(await workshop.store.readHead('request', 5_000)).not.toHaveProperty('callbackTo');
  });
});
