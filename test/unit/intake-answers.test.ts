/** Answers to roll-calls over HTTPS: what the intake takes, and what becomes of everything else. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { rollCallAnswers } from '../../functions/intake/operations.ts';
import type { PresentEnvelope } from '../../shared/core/roll-call/present.ts';
import { type App, createApp } from '../../shared/http/app.ts';
import { capturedTelemetry, type FakeClock, fakeClock } from '../support/fakes.ts';
import { createMemoryRollCallFacts } from '../support/memory-roll-call-facts.ts';
import { createMemoryRollCalls } from '../support/memory-roll-calls.ts';
import { aRollCall } from '../support/roll-calls.ts';

const rollCallId = '0b54a9f3-6d1e-4c0a-9a6e-0a3f1f4f3c11';
const other = '1c65b0a4-7e2f-4d1b-8b7f-1b402050d422';
const answer = { service: 'pricing', instanceId: 'i-1', metadata: { zone: 'a' } };

let sent: PresentEnvelope[];
let clock: FakeClock;
let app: App;
let factsOf: ReturnType<typeof vi.fn>;
let store: ReturnType<typeof createMemoryRollCalls>;

beforeEach(async () => {
  store = createMemoryRollCalls();
  clock = fakeClock(1_000_000);
  sent = [];
  await store.register(aRollCall({ rollCallId, answersToken: 'secret', askedAt: 1_000_000 }));
  await store.register(aRollCall({ rollCallId: other, answersToken: 'others', askedAt: 1_000_000 }));
  const facts = createMemoryRollCallFacts(store);
  factsOf = vi.fn(facts.factsOf);
  const answers = { send: async (envelope: PresentEnvelope) => void sent.push(envelope) };
  const rollCalls = { factsOf: factsOf as typeof facts.factsOf };
  const operations = { sendAnswer: rollCallAnswers({ rollCalls, answers, clock }) };
  app = createApp({ auth: 'none', telemetry: capturedTelemetry(), operations });
});

async function send(body: unknown, { token = 'secret', to = rollCallId } = {}) {
  const response = await app.request(`https://api.test/v1/roll-calls/${to}/answers`, {
    method: 'POST',
    headers: token === '' ? {} : { authorization: `Bearer ${token}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const { code, detail } = (await response.json()) as { code?: string; detail?: string };
  return { status: response.status, code, detail };
}

describe('an answer over HTTPS', () => {
  it('is passed on, under the token it came with', async () => {
    expect(await send(answer)).toMatchObject({ status: 202 });
    expect(sent).toEqual([{ v: 1, kind: 'present', rollCallId, answersToken: 'secret', ...answer }]);
    expect(factsOf).toHaveBeenCalledTimes(1);
  });

  it('may be a whole envelope; the roll-call and the token are those of the call', async () => {
    await send({ v: 1, kind: 'present', rollCallId: other, answersToken: 'others', ...answer });
    expect(sent).toEqual([{ v: 1, kind: 'present', rollCallId, answersToken: 'secret', ...answer }]);
  });

  it.each([
    ['no token', { token: '' }, 401, 'no-token'],
    ['a forged token', { token: 'guess' }, 404, 'unknown-roll-call'],
    ["another roll-call's token", { token: 'others' }, 404, 'unknown-roll-call'],
    ['an unknown roll-call', { to: '00000000-0000-4000-8000-000000000000' }, 404, 'unknown-roll-call'],
    ['no id at all', { to: 'nope' }, 404, 'unknown-roll-call'],
  ])('with %s is refused, and nothing is sent', async (_, options, status, code) => {
    expect(await send(answer, options)).toMatchObject({ status, code });
    expect(sent).toEqual([]);
  });

  it('with a forged token is told as one to no roll-call', async () => {
    const forged = await send(answer, { token: 'guess' });
    expect(forged).toEqual(await send(answer, { to: '00000000-0000-4000-8000-000000000000' }));
  });

  it.each([
    ['no JSON', '{', 'malformed-json', 400],
    ['a list', [], 'invalid-answer', 400],
    ['no service', { instanceId: 'i' }, 'invalid-answer', 400],
    ['oversize metadata', { ...answer, metadata: { text: 'x'.repeat(3_000) } }, 'invalid-answer', 400],
    ['more than an answer can have', { ...answer, more: 'x'.repeat(20_000) }, 'input-too-large', 413],
  ])('that is %s is refused before anything is read', async (_, body, code, status) => {
    expect(await send(body)).toMatchObject({ status, code });
    expect(factsOf).not.toHaveBeenCalled();
  });

  it.each([
    ['after the window', async () => clock.passTo(1_002_000)],
    ['after an early end', async () => void (await store.close(rollCallId, 1_000_500))],
  ])('that comes %s is told so', async (_, pass) => {
    await pass();
    expect(await send(answer)).toMatchObject({ status: 409, code: 'roll-call-closed' });
    expect(sent).toEqual([]);
  });
});
