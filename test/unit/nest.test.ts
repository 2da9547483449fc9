/** Nested requests: from a leaf's answer to the request that it asks for, and back to the task. */
import { describe, expect, test } from 'vitest';
import { aggregate } from '../../functions/aggregator/aggregate.ts';
import { notify } from '../../functions/notifier/notify.ts';
import { deadlineWithin, type Nesting, nest } from '../../functions/scatterer/nest.ts';
import { quorum } from '../../shared/core/completion.ts';
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
  const notifying = { ...nesting, topic: { publish: async () => undefined }, callbacks: { send: noCallback } };
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
