/** Nested requests: from a leaf's answer to the request that it asks for, and back to the task. */
import { describe, expect, test } from 'vitest';
import { aggregate } from '../../functions/aggregator/aggregate.ts';
import { notify } from '../../functions/notifier/notify.ts';
import { endNested } from '../../functions/scatterer/end-nested.ts';
import { deadlineWithin, type Nesting, nest } from '../../functions/scatterer/nest.ts';
import { expire } from '../../functions/timer/expire.ts';
import { type CompletionReason, quorum } from '../../shared/core/completion.ts';
import type { DividedResult, NestedRequest, TaskEnvelope } from '../../shared/core/envelope.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { closeRequest } from '../../shared/gathering/close.ts';
import { jobsByName } from '../../shared/gathering/context.ts';
import { readAnswer } from '../../shared/gathering/read-answer.ts';
import { settle } from '../../shared/gathering/settle.ts';
import { childOf } from '../../shared/scattering/child.ts';
import { aFailure, aHeader, aSuccess } from '../support/builders.ts';
import { capturedResults, capturedTimers } from '../support/fakes.ts';
import { aJob, type JobChanges } from '../support/jobs.ts';
import { aWorkshop, registered } from '../support/workshop.ts';

const NOW = 1_000;
const DIVIDED: DividedResult = { taskIndex: 1, attempt: 2, label: 'one', request: { job: 'child', input: 2 } };

/** An open request `request` of three tasks, and a job `child` of as many tasks as its input says. */
async function aTree(changes: JobChanges = {}, asking: Parameters<typeof registered>[1] = {}) {
  const child = aJob({
    name: 'child',
    split: (count) => Array.from({ length: Number(count) }, (_, payload) => ({ payload })),
    ...changes,
  });
  const jobs = jobsByName([aJob({}), child]);
  const workshop = { ...aWorkshop(aJob({}), NOW), jobs };
  const parent = await registered(workshop.store, asking);
  const [results, timers] = [capturedResults(), capturedTimers()];
  const nesting: Nesting = {
    ...{ ...workshop, results, timers, home: workshop.replyTo, replyTo: 'results' },
    ...{ tasksPerShard: 4, shardsInFlight: 3 },
  };
  const header = aHeader({ hops: 4, traceparent: 'trace' });
  const ask = (request: NestedRequest = DIVIDED.request, forged: Partial<typeof header> = {}) =>
    nest(nesting, { kind: 'nested', header: { ...header, ...forged }, result: { ...DIVIDED, request } });
  const idOf = (request: NestedRequest = DIVIDED.request) => childOf(parent, 1, request).requestId;
  const readChild = () => workshop.store.readHead(idOf(), workshop.clock.now());
  const take = (envelope: TaskEnvelope, answered: Parameters<typeof aggregate>[1][number]['results']) =>
    aggregate(workshop, [{ ...envelope, hops: envelope.hops + 1, results: answered }]);
  const { endings } = workshop;
  const topic = { publish: async () => undefined };
  const notifying = { ...nesting, endings, topic, callbacks: { send: noCallback } };
  const tell = () => notify(notifying, { requestId: idOf(), attempt: 1 });
  return { ...workshop, parent, results, timers, nesting, notifying, ask, idOf, readChild, take, tell };
}

const noCallback = () => Promise.reject(new Error('nobody asked for a callback'));

describe('a result that asks for a request', () => {
  test('is passed on and not marked; what came beside it is', async () => {
    const { nested, store, ...workshop } = await aTree();
    await aggregate({ ...workshop, nested, store }, [{ ...aHeader(), results: [aSuccess(0), DIVIDED] }]);
    expect(nested.waiting).toEqual([{ kind: 'nested', header: aHeader(), result: DIVIDED }]);
    expect(await store.readHead('request', NOW)).toMatchObject({ state: 'open', arrived: 1 });
  });

  test('and for more than a value may take fails its task', async () => {
    const { nested, ...workshop } = await aTree();
    const request = { job: 'child', input: 'x'.repeat(LIMITS.valueBytes) };
    await aggregate({ ...workshop, nested }, [{ ...aHeader(), results: [{ ...DIVIDED, request }] }]);
    expect(nested.waiting).toEqual([]);
    const [chunk] = (await workshop.store.readHead('request', NOW))?.chunks ?? [];
    expect(chunk?.results).toMatchObject([{ taskIndex: 1, error: { cause: 'result-too-large', retryable: false } }]);
  });
});

describe('a request that a task asks for', () => {
  test('is scattered under its owner, who has no place taken, and ends before the one above', async () => {
    const { ask, readChild, publisher, owners, timers } = await aTree();
    expect(await ask()).toBe('scattered');
    const head = await readChild();
    expect(head).toMatchObject({
      ...{ owner: 'owner', job: 'child', expected: 2, state: 'open', deadlineAt: 20_000 },
      parent: { requestId: 'request', taskIndex: 1, attempt: 2, label: 'one', leaf: 'leaf', hops: 4, depth: 1 },
    });
    expect(await owners.openRequests('owner')).toEqual([]);
    expect(timers.scheduled).toMatchObject([{ requestId: head?.requestId, deadlineAt: 20_000, delaySeconds: 15 }]);
    expect(publisher.published.map(({ tasks: [task] }) => task)).toEqual(
      [0, 1].map((n) => ({ taskIndex: n, payload: n })),
    );
    expect(publisher.published[0]).toMatchObject({ replyTo: 'results', hops: 5, traceparent: 'trace' });
  });

  test('of several shards has its ranges sent', async () => {
    const { ask, ranges } = await aTree();
    expect(await ask({ job: 'child', input: 9 })).toBe('scattered');
    expect(ranges.waiting.map(({ shard, hops }) => [shard, hops])).toEqual([0, 1, 2].map((shard) => [shard, 5]));
  });

  test('is one request, however often its task asks; another question is another one', async () => {
    const { ask, publisher, idOf, store } = await aTree();
    await ask();
    expect(await ask()).toBe('known');
    expect(publisher.published).toHaveLength(2);
    const other = { job: 'child', input: 1 };
    expect(await ask(other)).toBe('scattered');
    for (const id of [idOf(), idOf(other)]) expect((await store.readHead(id, NOW))?.state).toBe('open');
  });

  test('that was registered and not published is taken up under the same token', async () => {
    const { nesting, ask, readChild, publisher } = await aTree();
    const dies = { publish: () => Promise.reject(new Error('killed')) };
    const submission = { kind: 'nested', header: aHeader(), result: DIVIDED } as const;
    await expect(nest({ ...nesting, publisher: dies }, submission)).rejects.toThrow('killed');
    const before = await readChild();
    expect(await ask()).toBe('scattered');
    expect((await readChild())?.resultsToken).toBe(before?.resultsToken);
    expect(new Set(publisher.published.map(({ resultsToken }) => resultsToken))).toEqual(
      new Set([before?.resultsToken]),
    );
  });

  test.each([
    ['with another token', { resultsToken: 'forged' }],
    ['of a request that nobody knows', { requestId: 'another' }],
  ])('%s is none', async (_, forged) => {
    const { ask, publisher, results, telemetry, readChild } = await aTree();
    expect(await ask(DIVIDED.request, forged)).toBe('forged');
    expect([publisher.published, results.sent, await readChild()]).toEqual([[], [], undefined]);
    expect(telemetry.counted('ResultsRefused')).toBe(1);
  });

  test('for a task that the request does not have is none', async () => {
    const { nesting } = await aTree();
    const result = { ...DIVIDED, taskIndex: 3 };
    expect(await nest(nesting, { kind: 'nested', header: aHeader({ expected: 9 }), result })).toBe('forged');
  });

  test('is not wanted after the deadline of the one above, or its close', async () => {
    const late = await aTree();
    late.clock.passTo(late.parent.deadlineAt);
    expect(await late.ask()).toBe('not-wanted');
    const closed = await aTree();
    await closeRequest(closed, 'request', 'cancelled');
    expect(await closed.ask()).toBe('not-wanted');
    expect([late.publisher.published, closed.publisher.published]).toEqual([[], []]);
  });
});

describe('a task whose request cannot be', () => {
  const REFUSALS: readonly (readonly [string, NestedRequest, JobChanges, string, string])[] = [
    ['for its job', { job: 'nobody', input: 1 }, {}, 'nested-refused', '"nobody" is no job'],
    ['for its input', { job: 'child', input: 1 }, { input: refusing() }, 'nested-refused', 'body is not what'],
    ['for what JSON cannot hold', { job: 'child', input: 1 }, { input: dating() }, 'nested-refused', 'a Date'],
    ['for what JSON cannot hold', { job: 'child', input: 1 }, { input: dating() }, 'nested-refused', 'a Date'],
    ['for a schema that throws', { job: 'child', input: 1 }, { input: throwing() }, 'nested-refused', 'schema threw'],
    ['for having no task', { job: 'child', input: 0 }, {}, 'nested-refused', 'no-task'],
    ['for its quorum', { job: 'child', input: 1 }, { completion: quorum(2) }, 'nested-refused', 'impossible-policy'],
    ['for its claims', { job: 'child', input: 1 }, { values: 'claims' }, 'nested-refused', 'claims'],
    [
      'for a claim',
      { job: 'child', claim: { sha256: 'ab'.repeat(32), bytes: 9, days: 1 } },
      {},
      'claim-missing',
      'abab',
    ],
  ];
  test.each(REFUSALS)('%s fails at once, and for good', async (_, request, changes, cause, message) => {
    const { ask, results, publisher, take, store } = await aTree(changes);
    expect(await ask(request)).toBe('refused');
    expect(publisher.published).toEqual([]);
    const [sent] = results.sent;
    expect(sent).toMatchObject({
      ...{ to: 'results', requestId: 'request', resultsToken: 'token', leaf: 'leaf', expected: 3, hops: 5 },
      results: [{ taskIndex: 1, attempt: 2, label: 'one', error: { cause, retryable: false } }],
    });
    expect(JSON.stringify(sent?.results)).toContain(message.replaceAll('"', '\\"'));
    await take({ ...aHeader(), attempt: 1, replyTo: '', tasks: [] }, sent?.results ?? []);
    expect(await store.readHead('request', NOW)).toMatchObject({ arrived: 1, failed: 1 });
  });

  test('for its depth fails, one above it does not', async () => {
    const above = { requestId: 'top', taskIndex: 0, attempt: 1, leaf: 'leaf', hops: 0 };
    const deep = await aTree({}, { parent: { ...above, depth: LIMITS.nestingDepth } });
    expect(await deep.ask()).toBe('refused');
    expect(deep.results.sent[0]?.results).toMatchObject([{ error: { cause: 'nested-too-deep', retryable: false } }]);
    const last = await aTree({}, { parent: { ...above, depth: LIMITS.nestingDepth - 1 } });
    expect(await last.ask()).toBe('scattered');
  });
});

function dating() {
  return { safeParse: () => ({ success: true, data: new Date(0) }) as const };
}

function refusing() {
  return { safeParse: () => ({ success: false, error: 'no' }) as const };
}

function throwing() {
  return {
    safeParse: () => {
      throw new Error('the schema threw');
    },
  };
}

describe('a nested request that closes', () => {
  test('answers its task with its aggregate, which is counted once, however often it is told', async () => {
    const { ask, publisher, take, tell, results, notices, parent, readChild, store, ...rest } = await aTree();
    await ask();
    const [first, second] = publisher.published as [TaskEnvelope, TaskEnvelope];
    await take(first, [aSuccess(0, { value: 'a' })]);
    await take(second, [aSuccess(1, { value: 'b' })]);
    expect(notices.asked).toMatchObject([{ requestId: first.requestId }]);
    expect(await tell()).toBe('handled');
    expect(await tell()).toBe('not-due');
    expect(results.sent).toMatchObject([
      { to: 'results', requestId: 'request', results: [{ taskIndex: 1, attempt: 2, label: 'one', value: ['a', 'b'] }] },
    ]);
    expect(await readChild()).not.toHaveProperty('parent');
    const [answered] = results.sent;
    const header = { ...aHeader(), attempt: 1, replyTo: '', tasks: [] };
    for (let time = 0; time < 2; time++) await take(header, answered?.results ?? []);
    await take(header, [aSuccess(0, { value: 0 }), aSuccess(2, { value: 2 })]);
    const closed = await store.readHead('request', NOW);
    const answer = closed && (await readAnswer({ store }, closed));
    expect(answer).toMatchObject({ status: 'complete', aggregate: [0, ['a', 'b'], 2], tasks: { succeeded: 3 } });
    expect(rest.telemetry.counted('ResultsRefused')).toBe(0);
  });

  test('tells again if whoever told died before the mark was taken away', async () => {
    const { ask, idOf, notifying, tell, results, store, ...gathering } = await aTree();
    await ask();
    await closeRequest({ ...gathering, store }, idOf(), 'cancelled');
    const dies = { ...store, clearNotice: () => Promise.reject(new Error('killed')) };
    await expect(notify({ ...notifying, store: dies }, { requestId: idOf(), attempt: 1 })).rejects.toThrow('killed');
    expect(await tell()).toBe('handled');
    expect(results.sent).toHaveLength(2);
  });

  test('with a part of its tasks, at its own deadline, answers with that part, in time', async () => {
    const { ask, publisher, take, tell, results, clock, parent, readChild, ...gathering } = await aTree();
    await ask();
    await take(publisher.published[0] as TaskEnvelope, [aSuccess(0, { value: 'a' })]);
    clock.passTo(20_000);
    const child = await readChild();
    if (child) await settle({ ...gathering, clock }, child);
    await tell();
    expect(clock.now()).toBeLessThan(parent.deadlineAt);
    expect(results.sent).toMatchObject([{ results: [{ taskIndex: 1, value: ['a'] }] }]);
  });

  test('without one success fails its task, with its own reason', async () => {
    const { ask, publisher, take, tell, results, idOf } = await aTree();
    await ask();
    for (const [index, envelope] of publisher.published.entries()) await take(envelope, [aFailure(index)]);
    await tell();
    const message = `the request ${idOf()} of the job "child" ended failed, all-answered; task 0: leaf-error: no`;
    expect(results.sent).toMatchObject([
      { results: [{ taskIndex: 1, error: { cause: 'nested-failed', message, retryable: false } }] },
    ]);
  });

  test('with an aggregate too large to travel answers with a claim of the request above', async () => {
    const value = 'x'.repeat(LIMITS.valueBytes);
    const finish = () => value;
    const { fold } = aJob({});
    const { ask, publisher, take, tell, results, claims } = await aTree({ fold: { ...fold, finish } });
    await ask();
    for (const [index, envelope] of publisher.published.entries()) await take(envelope, [aSuccess(index)]);
    await tell();
    const [result] = results.sent[0]?.results ?? [];
    const claim = result && 'claim' in result ? result.claim : undefined;
    expect(claim?.bytes).toBe(value.length + 2);
    expect(claim && (await claims.get('request', claim))).toBe(value);
  });

  test('answers a larger request where the results of those come in', async () => {
    const { ask, idOf, tell, results, ...gathering } = await aTree({}, { expected: 9, shardSize: 3 });
    expect(await ask()).toBe('scattered');
    await closeRequest(gathering, idOf(), 'cancelled');
    await tell();
    expect(results.sent).toMatchObject([{ to: 'bulk-results', results: [{ error: { cause: 'nested-failed' } }] }]);
  });

  test('tells nobody when the request above has closed, and is done with it', async () => {
    const { ask, idOf, tell, results, readChild, ...gathering } = await aTree();
    await ask();
    for (const id of ['request', idOf()]) await closeRequest(gathering, id, 'cancelled');
    expect(await tell()).toBe('handled');
    expect(results.sent).toEqual([]);
    expect(await readChild()).not.toHaveProperty('parent');
  });
});

describe('a request that closes while requests of its tasks are open', () => {
  /** Closes `request`, has its notice sent, and what waits for a scatterer done. */
  async function ending(reason: CompletionReason, changes: JobChanges = {}) {
    const tree = await aTree(changes);
    await tree.ask();
    const take = async () => {
      for (const ended of tree.endings.take()) await endNested(tree, ended);
    };
    const close = async () => {
      await closeRequest(tree, 'request', reason);
      return notify(tree.notifying, { requestId: 'request', attempt: 1 });
    };
    return { ...tree, end: take, close };
  }

  test.each(['cancelled', 'quorum-reached', 'predicate-met', 'too-many-failures', 'job-error'] as const)(
    'has them cancelled: %s',
    async (reason) => {
      const { close, end, notices, readChild, store } = await ending(reason);
      expect(await close()).toBe('handled');
      expect(notices.asked).toMatchObject([{ requestId: 'request' }]);
      await end();
      expect(await readChild()).toMatchObject({ state: 'closed', reason: 'cancelled' });
      expect(await store.readHead('request', NOW)).not.toHaveProperty('nests');
    },
  );

  test.each(['deadline-passed', 'all-answered', 'all-succeeded'] as const)(
    'leaves them to theirs: %s',
    async (reason) => {
      const { close, endings, notices, readChild } = await ending(reason);
      expect(await close()).toBe('not-due');
      expect([notices.asked, endings.waiting]).toEqual([[], []]);
      expect(await readChild()).toMatchObject({ state: 'open' });
    },
  );

  test('has those below them cancelled by their own close', async () => {
    const { close, end, nesting, notices, notifying, publisher, store, idOf } = await ending('cancelled');
    const [task] = publisher.published as [TaskEnvelope];
    const { tasks: _, ...header } = task;
    const result = { ...DIVIDED, taskIndex: 0, request: { job: 'child', input: 1 } };
    expect(await nest(nesting, { kind: 'nested', header, result })).toBe('scattered');
    await close();
    await end();
    expect(notices.asked.map(({ requestId }) => requestId)).toEqual(['request', idOf()]);
    expect(await notify(notifying, { requestId: idOf(), attempt: 1 })).toBe('handled');
    await end();
    const grandchild = childOf(header, 0, result.request).requestId;
    expect(await store.readHead(grandchild, NOW)).toMatchObject({ state: 'closed', reason: 'cancelled' });
  });

  test('leaves alone what it did not make, and what has ended', async () => {
    const { close, end, store, readChild, idOf, ...gathering } = await ending('cancelled');
    await registered(store, { requestId: 'of another' });
    await store.putNested('request', { taskIndex: 0, requestId: 'of another' }, 9_000_000_000);
    await store.putNested('request', { taskIndex: 0, requestId: 'never registered' }, 9_000_000_000);
    await closeRequest({ ...gathering, store }, idOf(), 'deadline-passed');
    await close();
    await end();
    expect(await store.readHead('of another', NOW)).toMatchObject({ state: 'open' });
    expect(await readChild()).toMatchObject({ reason: 'deadline-passed' });
  });

  test('has many of them ended page by page', async () => {
    const { close, endings, store, idOf, readChild, ...tree } = await ending('cancelled');
    const names = Array.from({ length: 230 }, (_, n) => ({ taskIndex: 0, requestId: `nested ${1_000 + n}` }));
    const parent = { requestId: 'request', taskIndex: 0, attempt: 1, leaf: 'leaf', hops: 0, depth: 1 };
    for (const name of names) {
      await registered(store, { requestId: name.requestId, parent });
      await store.putNested('request', name, 9_000_000_000);
    }
    await close();
    let messages = 0;
    for (let taken = endings.take(); taken.length > 0; taken = endings.take())
      for (const ended of taken) {
        await endNested({ ...tree, store, endings }, ended);
        messages++;
      }
    expect(messages).toBe(3);
    for (const requestId of [...names.map((name) => name.requestId), idOf()])
      expect(await store.readHead(requestId, NOW)).toMatchObject({ state: 'closed', reason: 'cancelled' });
  });

  test('is asked again by its timer if whoever closed it died before its notice', async () => {
    const { notices, clock, store, parent, ...tree } = await ending('cancelled');
    const dies = { send: () => Promise.reject(new Error('killed')) };
    await closeRequest({ ...tree, clock, store, notices: dies }, 'request', 'cancelled');
    const { requestId, deadlineAt } = parent;
    clock.passTo(deadlineAt);
    await expire({ ...tree, clock, store, notices }, { purpose: 'expire', requestId, deadlineAt, hops: 0 });
    expect(notices.asked).toMatchObject([{ requestId: 'request' }]);
  });

  test('does nothing while the request above is open, or unknown', async () => {
    const tree = await aTree();
    await tree.ask();
    expect(await endNested(tree, { kind: 'ended', requestId: 'request' })).toBe('not-wanted');
    expect(await endNested(tree, { kind: 'ended', requestId: 'nobody' })).toBe('not-wanted');
    expect(await tree.readChild()).toMatchObject({ state: 'open' });
  });

  test('takes in no more of them: closed before one is remembered, none is made', async () => {
    const { nesting, store, publisher, readChild, ...gathering } = await aTree();
    const putNested: typeof store.putNested = async (...named) => {
      await closeRequest({ ...gathering, store }, 'request', 'cancelled');
      await store.putNested(...named);
    };
    const submission = { kind: 'nested', header: aHeader(), result: DIVIDED } as const;
    expect(await nest({ ...nesting, store: { ...store, putNested } }, submission)).toBe('not-wanted');
    expect([publisher.published, await readChild()]).toEqual([[], undefined]);
  });

  test('and closed, with all ended, before one is registered, that one is cancelled and never published', async () => {
    const { nesting, store, publisher, readChild, ...gathering } = await aTree();
    const registerHead: typeof store.registerHead = async (head) => {
      await closeRequest({ ...gathering, store }, 'request', 'cancelled');
      expect(await endNested({ ...gathering, store }, { kind: 'ended', requestId: 'request' })).toBe('ended');
      return store.registerHead(head);
    };
    const submission = { kind: 'nested', header: aHeader(), result: DIVIDED } as const;
    expect(await nest({ ...nesting, store: { ...store, registerHead } }, submission)).toBe('not-wanted');
    expect(publisher.published).toEqual([]);
    expect(await readChild()).toMatchObject({ state: 'closed', reason: 'cancelled' });
  });
});

describe('the names of a nested request', () => {
  const above = { requestId: 'request', resultsToken: 'token' };
  const { request } = DIVIDED;

  test('have the form of ours, and are the same for the same question', () => {
    const child = childOf(above, 1, request);
    expect(child).toEqual(childOf(above, 1, { ...request }));
    expect(child.requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(child.resultsToken).toMatch(/^[\w-]{24}$/);
  });

  test('are others for another task, token or question', () => {
    const claim = { sha256: 'ab'.repeat(32), bytes: 9, days: 1 } as const;
    const names = [
      childOf(above, 1, request),
      childOf(above, 2, request),
      childOf({ ...above, resultsToken: 'other' }, 1, request),
      childOf(above, 1, { job: 'child', input: 3 }),
      childOf(above, 1, { job: 'child', claim }),
      childOf(above, 1, { job: 'child', input: claim.sha256 }),
      childOf(above, 1, { job: 'child', input: [claim.sha256] }),
    ].flatMap(({ requestId, resultsToken }) => [requestId, resultsToken]);
    expect(new Set(names).size).toBe(names.length);
  });
});

test.each([
  [20_000, 19_000],
  [19_990, 18_000],
  [10_000, 9_000],
  [1_100, 1_000],
  [1_000, 950],
  [100, 95],
  [1, 1],
])('a task that has %i ms left asks for an answer in %i', (left, within) => {
  expect(deadlineWithin(left)).toBe(within);
});
