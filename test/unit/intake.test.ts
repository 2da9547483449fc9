/** What the intake takes, and what becomes of everything else: nothing of it reaches anybody. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { intakeOperations } from '../../functions/intake/operations.ts';
import type { ResultsEnvelope } from '../../shared/core/envelope.ts';
import { RESULTS_MESSAGE_BYTES } from '../../shared/core/limits.ts';
import { parseResultsEnvelope } from '../../shared/core/parse-envelope.ts';
import { type App, createApp } from '../../shared/http/app.ts';
import { createMemoryStore, type MemoryStore } from '../../simulation/ports/memory-store.ts';
import { aFailure, aHead, aHeader, aSuccess } from '../support/builders.ts';
import {
  type CapturedResults,
  capturedResults,
  capturedTelemetry,
  type FakeClock,
  fakeClock,
} from '../support/fakes.ts';
import { createMemoryFacts } from '../support/memory-facts.ts';

const requestId = '0b54a9f3-6d1e-4c0a-9a6e-0a3f1f4f3c11';
const other = '1c65b0a4-7e2f-4d1b-8b7f-1b402050d422';
const head = (changes = {}) => aHead({ requestId, resultsToken: 'secret', ...changes });
const envelope = (changes: Partial<ResultsEnvelope> = {}): ResultsEnvelope => ({
  ...aHeader({ requestId, resultsToken: 'secret', hops: 1 }),
  ...{ results: [aSuccess(0), aSuccess(2)] },
  ...changes,
});

let store: MemoryStore;
let clock: FakeClock;
let results: CapturedResults;
let app: App;
let factsOf: ReturnType<typeof vi.fn>;

beforeEach(async () => {
  store = createMemoryStore();
  await store.registerHead(head());
  await store.registerHead(head({ requestId: other, resultsToken: 'others' }));
  clock = fakeClock(2_000);
  results = capturedResults();
  const facts = createMemoryFacts(store);
  factsOf = vi.fn(facts.factsOf);
  const taking = { facts: { factsOf: factsOf as typeof facts.factsOf }, results, clock };
  const operations = intakeOperations({ ...taking, replyTo: { small: 'results', bulk: 'bulk-results' } });
  app = createApp({ auth: 'none', telemetry: capturedTelemetry(), operations });
});

interface Told {
  readonly status: number;
  readonly code?: string;
  readonly detail?: string;
}

/** Sends a body, as JSON unless it is a text, with the request's own token unless told otherwise. */
async function send(body: unknown, { token = 'secret', to = requestId } = {}): Promise<Told> {
  const response = await app.request(`https://api.test/v1/requests/${to}/results`, {
    method: 'POST',
    headers: token === '' ? {} : { authorization: `Bearer ${token}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

describe('results of an open request', () => {
  it('go to the results queue as an envelope, one hop further', async () => {
    expect(await send(envelope({ publishedAt: 1_500, traceparent: '00-1-2-00' }))).toEqual({
      ...{ status: 202, requestId, results: 2 },
    });
    const [{ to, ...sent } = { to: '' }] = results.sent;
    expect(to).toBe('results');
    expect(parseResultsEnvelope(sent)).toEqual({
      ...envelope({ publishedAt: 1_500, traceparent: '00-1-2-00', hops: 2 }),
    });
  });

  it('need say no more of the header than their leaf', async () => {
    const failure = aFailure(1, { error: { cause: 'busy', message: 'later', retryable: true }, payload: 7 });
    expect(await send({ leaf: 'leaf', results: [failure] })).toMatchObject({ status: 202 });
    expect(results.sent).toEqual([{ ...envelope({ results: [failure], hops: 1 }), to: 'results' }]);
  });

  it('go to the queue of larger requests where it is one', async () => {
    await store.registerHead(head({ requestId: 'a'.repeat(30), expected: 5_000, shardSize: 2_500 }));
    await send({ leaf: 'leaf', results: [aSuccess(4_999)] }, { to: 'a'.repeat(30) });
    expect(results.sent).toMatchObject([{ to: 'bulk-results', expected: 5_000, shardSize: 2_500 }]);
  });

  it('are believed in nothing that the request says of itself', async () => {
    const forged = {
      job: 'another',
      jobVersion: 9,
      expected: 1_000_000,
      shardSize: 1,
      deadlineAt: 9e14,
      expiresAt: 9e14,
    };
    expect(await send(envelope({ ...forged, resultsToken: 'forged' }))).toMatchObject({ status: 202 });
    expect(results.sent).toMatchObject([envelope({ hops: 2 })]);
  });

  it('say which instance was to answer, so that the next attempt goes to the same one', async () => {
    await send({ leaf: 'leaf', instance: 'i-42', results: [aSuccess(0)] });
    expect(results.sent).toMatchObject([{ instance: 'i-42' }]);
  });

  it('are taken twice, since they are counted once', async () => {
    expect([await send(envelope()), await send(envelope())]).toMatchObject([{ status: 202 }, { status: 202 }]);
  });
});

describe('nothing is passed on', () => {
  const refused = async (told: Promise<Told>, expected: Told) => {
    expect(await told).toMatchObject(expected);
    expect(results.sent).toEqual([]);
  };

  it.each([
    ['no request has', { to: '2d76c1b5-8f30-4e2c-9c80-2c513161e533' }],
    ['is none', { to: 'not-an-id' }],
    ["another request's token does not open", { token: 'others' }],
    ['a forged token does not open', { token: 'c2VjcmV0' }],
  ])('under an id that %s, all told alike', async (_, how) => {
    const detail = 'there is no request with this id and this token';
    await refused(send({ leaf: 'leaf', results: [aSuccess(0)] }, how), {
      status: 404,
      code: 'unknown-request',
      detail,
    });
  });

  it('without a token, or a read', async () => {
    await refused(send(envelope(), { token: '' }), { status: 401, code: 'no-token' });
    await refused(send(envelope(), { token: 'two words' }), { status: 401, code: 'no-token' });
    expect(factsOf).not.toHaveBeenCalled();
  });

  it.each([
    ['no JSON', '{"results":', 'malformed-json'],
    ['no object', [1], 'invalid-results'],
    ['of another version', { ...envelope(), v: 2 }, 'invalid-results'],
    ["another request's", { ...envelope(), requestId: other }, 'invalid-results'],
    ['without a leaf', { results: [aSuccess(0)] }, 'invalid-results'],
    ['without results', { leaf: 'leaf' }, 'invalid-results'],
    ['of no task at all', { leaf: 'leaf', results: [aSuccess(1_000_000)] }, 'invalid-results'],
    ['of a value and an error', { leaf: 'leaf', results: [{ ...aFailure(0), value: 1 }] }, 'invalid-results'],
    ['of hops that are none', { ...envelope(), hops: -1 }, 'invalid-results'],
    ['of a trace that is none', { ...envelope(), traceparent: 7 }, 'invalid-results'],
  ])('of a body that is %s, and nothing is read for it', async (_, body, code) => {
    await refused(send(body), { status: 400, code });
    expect(factsOf).not.toHaveBeenCalled();
  });

  it('of a task beyond those of the request', async () => {
    const detail = 'body taskIndex must be below expected';
    await refused(send(envelope({ results: [aSuccess(3)] })), { status: 400, code: 'invalid-results', detail });
  });

  it('of a body that is too large, or becomes too large for a queue', async () => {
    const value = 'x'.repeat(RESULTS_MESSAGE_BYTES);
    await refused(send(envelope({ results: [aSuccess(0, { value })] })), { status: 413, code: 'input-too-large' });
    expect(factsOf).not.toHaveBeenCalled();
    const escaped = '\u{1F600}'.repeat(100_000);
    await refused(send(envelope({ results: [aSuccess(0, { value: escaped })] })), { status: 413 });
  });

  it.each(['closing', 'closed'] as const)('once the request is %s', async (state) => {
    await store.beginClosing({ requestId, reason: 'cancelled', at: 2_000, unscattered: true });
    if (state === 'closed') await store.publishClosed(requestId, { version: 1, status: 'cancelled' } as never);
    await refused(send(envelope()), { status: 409, code: 'request-closed' });
  });

  it('once the envelope has expired, although nobody has closed the request', async () => {
    clock.passTo(22_999);
    expect(await send(envelope())).toMatchObject({ status: 202 });
    results.sent.pop();
    clock.passTo(23_000);
    await refused(send(envelope()), { status: 409, code: 'request-closed' });
  });

  it('at more than one read a call', async () => {
    await refused(send(envelope(), { token: 'forged' }), { status: 404 });
    expect(factsOf).toHaveBeenCalledTimes(1);
  });
});

it('late results are passed on where they amend the answer', async () => {
  const late = '3e87d2c6-9041-4f3d-8d91-3d624272f644';
  await store.registerHead(head({ requestId: late, graceMs: 5_000 }));
  await store.beginClosing({ requestId: late, reason: 'deadline-passed', at: 2_000, unscattered: true });
  expect(await send({ leaf: 'leaf', results: [aSuccess(0)] }, { to: late })).toMatchObject({ status: 202 });
  expect(results.sent).toMatchObject([{ graceMs: 5_000, expiresAt: 28_000 }]);
});
