import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answer } from '../../functions/leaf/answer.ts';
import { createAnswered } from '../../functions/leaf/answered.ts';
import { systemTimers } from '../../shared/aws/system.ts';
import type { ResultsEnvelope, TaskEnvelope } from '../../shared/core/envelope.ts';
import { valueLimit } from '../../shared/core/gathering.ts';
import { type Leaf, scatter } from '../../shared/core/job.ts';
import { wireJson } from '../../shared/core/json.ts';
import { LIMITS, REQUEST_CHECK_MS } from '../../shared/core/limits.ts';
import { parseResultsEnvelope } from '../../shared/core/parse-envelope.ts';
import type { ClaimStore } from '../../shared/core/ports/claim-store.ts';
import type { RequestStates } from '../../shared/core/ports/request-facts.ts';
import type { Timers } from '../../shared/core/ports/runtime.ts';
import { createMemoryClaims } from '../../simulation/ports/memory-claims.ts';
import { capturedTelemetry } from '../support/fakes.ts';

const NOW = 1_000_000;
const clock = { now: () => NOW, sleep: async () => undefined };

const envelope = (changes: Partial<TaskEnvelope> = {}, taskIndexes = [0]): TaskEnvelope => ({
  ...{ v: 1, requestId: 'r', job: 'j', jobVersion: 1, leaf: 'l', expected: 10, shardSize: 10, hops: 1, attempt: 1 },
  ...{ acceptedAt: NOW, deadlineAt: NOW + 60_000, expiresAt: NOW + 62_000, resultsToken: 't', replyTo: 'home' },
  tasks: taskIndexes.map((taskIndex) => ({ taskIndex, payload: taskIndex })),
  ...changes,
});

async function answered(
  leaf: Leaf<unknown, unknown>,
  envelopes: TaskEnvelope[],
  {
    stopAt = NOW + 30_000,
    refuses = false,
    claims = createMemoryClaims(clock),
    clock: its = clock,
    states,
    timers = systemTimers,
    settings,
  }: {
    stopAt?: number;
    refuses?: boolean;
    claims?: ClaimStore;
    clock?: typeof clock;
    states?: RequestStates;
    timers?: Timers;
    settings?: Readonly<Record<string, string>>;
  } = {},
) {
  const sent: ResultsEnvelope[] = [];
  const telemetry = capturedTelemetry();
  const results = {
    async send(_: string, results: ResultsEnvelope) {
      if (refuses) throw new Error('no queue');
      sent.push(results);
    },
  };
  const answering = {
    leaf,
    results,
    clock: its,
    timers,
    claims,
    retentionMs: 3_600_000,
    telemetry,
    answered: createAnswered(),
    ...(states ? { states } : {}),
    ...(settings ? { settings } : {}),
  };
  const unsent = await answer(answering, envelopes, stopAt);
  return { sent, unsent, counted: telemetry.counted };
}

describe('a leaf', () => {
  it('is told what the deployment chose for its job, and nothing where the job leaves no choice', async () => {
    const leaf: Leaf<unknown, unknown> = (_, context) => ('settings' in context ? context.settings : 'none');
    const told = await answered(leaf, [envelope()], { settings: { tone: 'high' } });
    expect(told.sent[0]?.results).toMatchObject([{ value: { tone: 'high' } }]);
    expect((await answered(leaf, [envelope()])).sent[0]?.results).toMatchObject([{ value: 'none' }]);
  });

  it('answers under the header that each message came with: a forged one stands alone', async () => {
    const forged = envelope({ resultsToken: 'forged' }, [9]);
    const { sent } = await answered((payload) => payload, [forged, envelope({}, [0])]);
    const tasks = sent.map(({ resultsToken, results }) => [resultsToken, results[0]?.taskIndex] as const);
    expect(new Map(tasks)).toEqual(
      new Map([
        ['forged', 9],
        ['t', 0],
      ]),
    );
  });

  it.each(['', 'x'.repeat(129), 7, undefined])(
    'fails the one task that asks for a job named %j, for good',
    async (name) => {
      const leaf: Leaf<unknown, unknown> = (payload) => (payload === 1 ? scatter(name as string, {}) : payload);
      const { sent } = await answered(leaf, [envelope({}, [0, 1, 2])]);
      const report = parseResultsEnvelope(JSON.parse(wireJson(sent[0])));
      expect(report.results).toMatchObject([
        { value: 0 },
        { taskIndex: 1, error: { cause: 'leaf-error', message: expect.stringContaining('name'), retryable: false } },
        { value: 2 },
      ]);
    },
  );

  it('answers what rides together in one message a request', async () => {
    const other = envelope({ requestId: 's' }, [4]);
    vi.useFakeTimers({ toFake: ['setTimeout'] }); // a busy machine may take longer for a turn than results wait
    onTestFinished(() => void vi.useRealTimers());
    const { sent } = await answered((payload) => payload, [envelope({}, [0, 1]), other, envelope({}, [2])]);
    const tasks = sent.map(({ requestId, results }) => [requestId, results.map(({ taskIndex }) => taskIndex)] as const);
    expect(new Map(tasks)).toEqual(
      new Map([
        ['r', [0, 1, 2]],
        ['s', [4]],
      ]),
    );
    expect(tasks).toHaveLength(2);
    expect(sent[0]).toMatchObject({ resultsToken: 't', hops: 2, shardSize: 10 });
  });

  it('leaves the messages it has no time for, and what computes leaves the others their turns', async () => {
    let now = NOW;
    const turning = { ...clock, now: () => now };
    const turns: string[] = [];
    const computes: Leaf<unknown, unknown> = (payload) => {
      now += 10_000;
      setImmediate(() => turns.push(`turn after ${payload}`));
      return turns.push(`task ${payload}`);
    };
    const messages = [envelope({}, [0, 1]), envelope({}, [2]), envelope({}, [3]), envelope({}, [4])];
    const { sent, unsent } = await answered(computes, messages, { clock: turning });
    expect(sent.flatMap(({ results }) => results.map(({ taskIndex }) => taskIndex))).toEqual([0, 1, 2]);
    expect(unsent).toEqual(messages.slice(2));
    expect(turns.slice(0, 3)).toEqual(['task 0', 'turn after 0', 'task 1']);
  });

  it('says of each task, done or failed, how long it worked on it', async () => {
    let now = NOW;
    const leaf: Leaf<unknown, unknown> = (payload) => {
      now += payload === 0 ? 40.4 : 250;
      if (payload === 1) throw new Error('no');
    };
    const { sent } = await answered(leaf, [envelope({}, [0, 1])], { clock: { ...clock, now: () => now } });
    expect(sent.flatMap(({ results }) => results.map(({ tookMs }) => tookMs))).toEqual([40, 250]);
  });

  it('drops expired work before doing it', async () => {
    const done: unknown[] = [];
    const expired = [envelope({ deadlineAt: NOW }, [0, 1])];
    const { sent, counted } = await answered((payload) => done.push(payload), expired);
    expect([done, sent, counted('TasksDropped')]).toEqual([[], [], 2]);
  });

  it('sends what it has shortly before its timeout, and says of the rest that it timed out', async () => {
    const leaf: Leaf<unknown, unknown> = (payload) => (payload === 1 ? new Promise(() => undefined) : 'ok');
    const { sent } = await answered(leaf, [envelope({}, [0, 1])], { stopAt: NOW + 60 });
    expect(sent.flatMap(({ results }) => results)).toEqual([
      { taskIndex: 0, attempt: 1, value: 'ok', tookMs: 0 },
      {
        ...{ taskIndex: 1, attempt: 1, payload: 1, tookMs: 0 },
        error: { cause: 'leaf-timeout', message: expect.any(String), retryable: true },
      },
    ]);
  });

  it('tells its task when the time is over, says nothing of it at the deadline, and counts what it took', async () => {
    let told = false;
    let now = NOW;
    const leaf: Leaf<unknown, unknown> = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          told = true;
          reject(signal.reason);
        });
        setImmediate(() => {
          now += 70;
        });
      });
    const its = { ...clock, now: () => now };
    const { sent, counted } = await answered(leaf, [envelope({ deadlineAt: NOW + 20 })], { clock: its });
    expect([told, sent, counted('WastedLeafMs')]).toEqual([true, [], 70]);
  });

  it('goes on past the deadline for as long as late results come in, with what it had begun', async () => {
    const until: number[] = [];
    const after = (ms: number) => {
      until.push(ms);
      return () => undefined;
    };
    const timers = { ...systemTimers, after };
    const late = envelope({ deadlineAt: NOW + 20, graceMs: 5_000 });
    expect(await answered((payload) => payload, [late], { timers })).toMatchObject({ sent: [{ graceMs: 5_000 }] });
    expect(until[0]).toBe(5_020);
    const done: unknown[] = [];
    await answered((payload) => done.push(payload), [envelope({ deadlineAt: NOW, graceMs: 5_000 })]);
    expect(done).toEqual([]);
  });

  it('echoes the payload of what may be tried again, and only of that', async () => {
    const leaf: Leaf<unknown, unknown> = (payload) => {
      throw Object.assign(new Error('no'), { retryable: payload === 0 });
    };
    const { sent } = await answered(leaf, [envelope({}, [0, 1])]);
    expect(sent[0]?.results).toMatchObject([
      { error: { retryable: true }, payload: 0 },
      { error: { retryable: false } },
    ]);
    expect(sent[0]?.results[1]).not.toHaveProperty('payload');
  });

  it('fails a value that cannot travel, not its neighbours', async () => {
    const { sent } = await answered((payload) => (payload === 0 ? 10n : 'ok'), [envelope({}, [0, 1])]);
    expect(sent[0]?.results).toMatchObject([{ error: { cause: 'leaf-error' } }, { value: 'ok' }]);
  });

  it('hands back what could not be sent', async () => {
    const handed = [envelope()];
    expect((await answered(() => 'ok', handed, { refuses: true })).unsent).toEqual(handed);
  });
});

describe('a leaf that has its task answered by a request', () => {
  it('says which, in place of a value', async () => {
    const { sent } = await answered((payload) => scatter('sum', { from: payload }), [envelope()]);
    expect(sent[0]?.results).toMatchObject([{ taskIndex: 0, attempt: 1, request: { job: 'sum', input: { from: 0 } } }]);
    expect(sent[0]?.results[0]).not.toHaveProperty('value');
  });

  it('has an input claimed that is too large to travel, and one that is no JSON refused', async () => {
    const claims = createMemoryClaims(clock);
    const large = await answered(() => scatter('sum', 'x'.repeat(300_000)), [envelope()], { claims });
    expect(large.sent[0]?.results).toMatchObject([{ request: { job: 'sum', claim: { bytes: 300_002 } } }]);
    const none = await answered(() => scatter('sum', () => 1), [envelope()]);
    expect(none.sent[0]?.results).toMatchObject([{ error: { cause: 'leaf-error' } }]);
  });

  it('is not taken for one that answers with what looks like it', async () => {
    const value = JSON.parse(JSON.stringify(scatter('sum', 1)));
    const { sent } = await answered(() => value, [envelope()]);
    expect(sent[0]?.results).toMatchObject([{ value: { job: 'sum', input: 1 } }]);
  });
});

describe('a leaf that checks its requests', () => {
  /** Says `open` so many times, and then what follows. */
  const openFor = (times: number, then: () => Awaited<ReturnType<RequestStates['stateOf']>> = () => 'closed') => {
    const asked: string[] = [];
    const states: RequestStates = {
      stateOf: async (requestId) => (asked.push(requestId) <= times ? 'open' : then()),
    };
    return { asked, states };
  };

  it.each(['closing', 'closed', 'unknown'] as const)('drops what nobody waits for: %s', async (state) => {
    const done: unknown[] = [];
    const { asked, states } = openFor(0, () => state);
    const handed = [envelope({}, [0, 1]), envelope({}, [2])];
    const { sent, unsent, counted } = await answered((payload) => done.push(payload), handed, { states });
    expect({ done, sent, unsent, dropped: counted('TasksDropped') }).toEqual({
      ...{ done: [], sent: [], unsent: [], dropped: 3 },
    });
    expect(asked).toEqual(['r']);
  });

  it('does not ask where late results amend the answer: they are waited for after the close', async () => {
    const { asked, states } = openFor(0);
    const { sent } = await answered(() => 'ok', [envelope({ graceMs: 5_000 })], { states });
    expect([asked, sent.length]).toEqual([[], 1]);
  });

  it('asks of each request, and drops no other for one that has ended', async () => {
    const states: RequestStates = { stateOf: async (requestId) => (requestId === 'r' ? 'closed' : 'open') };
    const { sent } = await answered(() => 'ok', [envelope(), envelope({ requestId: 's' })], { states });
    expect(sent.map(({ requestId }) => requestId)).toEqual(['s']);
  });

  it('asks before each message that it did not ask for a moment ago, and begins no other once it has ended', async () => {
    let now = NOW;
    const its = { ...clock, now: () => now };
    const done: unknown[] = [];
    const { asked, states } = openFor(2);
    const leaf: Leaf<unknown, unknown> = (payload) => {
      now += REQUEST_CHECK_MS.fresh * 0.6;
      done.push(payload);
    };
    const handed = [0, 1, 2, 3, 4].map((index) => envelope({}, [index]));
    const { unsent, counted } = await answered(leaf, handed, { states, clock: its });
    expect([done, asked.length, counted('TasksDropped'), unsent]).toEqual([[0, 1, 2, 3], 3, 1, []]);
  });

  it('asks again while tasks run, and stops them by their signal, which says why', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: NOW });
    onTestFinished(() => void vi.useRealTimers());
    const begun = Promise.withResolvers<void>();
    const reasons: unknown[] = [];
    const { asked, states } = openFor(3);
    const leaf: Leaf<unknown, unknown> = (payload, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(signal.reason);
        });
        if (payload === 1) begun.resolve();
      });
    const answering = answered(leaf, [envelope({}, [0, 1])], { states, clock: { ...clock, now: Date.now } });
    await begun.promise;
    await vi.advanceTimersByTimeAsync(3 * REQUEST_CHECK_MS.every);
    const { sent, counted } = await answering;
    expect([sent, asked.length, counted('WastedLeafMs')]).toEqual([[], 4, 2 * 3 * REQUEST_CHECK_MS.every]);
    expect(reasons).toHaveLength(2);
    expect(reasons[0]).toMatchObject({ name: 'AbortError', message: 'the request has ended' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does the task where it gets no answer: a check never loses work', async () => {
    const states: RequestStates = { stateOf: () => Promise.reject(new Error('slow down')) };
    const { sent, counted } = await answered(() => 'ok', [envelope()], { states });
    expect(sent.flatMap(({ results }) => results)).toMatchObject([{ value: 'ok' }]);
    expect(counted('TasksDropped')).toBe(0);
  });
});

describe('what is too large for a message', () => {
  const TTL = (NOW + 60_000 + 3_600_000) / 1_000;
  const echo: Leaf<unknown, unknown> = (payload) => payload;
  const claimed = async (changes: object = {}) => {
    const claims = createMemoryClaims(clock);
    const claim = await claims.put('r', JSON.stringify('kept'), TTL);
    const tasks = [
      { taskIndex: 0, claim: { ...claim, ...changes } },
      { taskIndex: 1, payload: 'here' },
    ];
    return { claims, claim, envelopes: [envelope({ tasks })] };
  };
  const resultsOf = ({ sent }: { sent: ResultsEnvelope[] }) =>
    sent
      .flatMap(({ results }) => results)
      .map(({ tookMs: _, ...result }) => result)
      .sort((a, b) => a.taskIndex - b.taskIndex);

  it('is given to the leaf as if it had come in it', async () => {
    const { claims, envelopes } = await claimed();
    expect(resultsOf(await answered(echo, envelopes, { claims }))).toEqual([
      { taskIndex: 0, attempt: 1, value: 'kept' },
      { taskIndex: 1, attempt: 1, value: 'here' },
    ]);
  });

  it('goes home as a claim from the first byte that is too many, as long as an answer is kept', async () => {
    const claims = createMemoryClaims(clock);
    const limit = valueLimit(envelope());
    const leaf: Leaf<unknown, unknown> = (payload) => 'x'.repeat(limit - 2 + (payload as number));
    const results = resultsOf(await answered(leaf, [envelope({}, [0, 1])], { claims }));
    expect(results).toMatchObject([{ value: 'x'.repeat(limit - 2) }, { claim: { bytes: limit + 1, days: 1 } }]);
    expect(results[1]).not.toHaveProperty('value');
    expect([...claims.texts.values()]).toEqual([JSON.stringify('x'.repeat(limit - 1))]);
  });

  it('is whatever a request asks for that wants every value as a claim', async () => {
    const claims = createMemoryClaims(clock);
    const results = resultsOf(await answered(() => null, [envelope({ values: 'claims' })], { claims }));
    expect(results).toEqual([{ taskIndex: 0, attempt: 1, claim: expect.objectContaining({ bytes: 4 }) }]);
    expect([...claims.texts.values()]).toEqual(['null']);
  });

  it('fails what is too large even for that, naming size and limit', async () => {
    const leaf: Leaf<unknown, unknown> = () => 'x'.repeat(LIMITS.claimBytes - 1);
    expect(resultsOf(await answered(leaf, [envelope()]))).toEqual([
      {
        ...{ taskIndex: 0, attempt: 1 },
        error: {
          cause: 'result-too-large',
          message: `the value takes ${LIMITS.claimBytes + 1} bytes, over the limit of ${LIMITS.claimBytes}`,
          retryable: false,
        },
      },
    ]);
  });

  it.each([
    ['claim-missing', { days: 2 as const }],
    ['claim-missing', { sha256: '0'.repeat(64) }],
    ['claim-tampered', { bytes: 7 }],
    ['claim-tampered', { sha256: '../s/1' }],
  ])('fails its task alone, for good, and undone: %s for %j', async (cause, changes) => {
    const done: unknown[] = [];
    const { claims, envelopes } = await claimed(changes);
    const leaf: Leaf<unknown, unknown> = (payload) => done.push(payload);
    expect(resultsOf(await answered(leaf, envelopes, { claims }))).toEqual([
      { taskIndex: 0, attempt: 1, error: { cause, message: expect.any(String), retryable: false } },
      { taskIndex: 1, attempt: 1, value: 1 },
    ]);
    expect(done).toEqual(['here']);
  });

  it('may be had later where it cannot be read now: the claim is echoed', async () => {
    const { claims, claim, envelopes } = await claimed();
    const get = async () => {
      throw new Error('slow down');
    };
    expect(resultsOf(await answered(echo, envelopes, { claims: { ...claims, get } }))[0]).toEqual({
      ...{ taskIndex: 0, attempt: 1, claim },
      error: { cause: 'claim-unavailable', message: expect.stringContaining('slow down'), retryable: true },
    });
  });

  it('may be sent later where it cannot be kept now', async () => {
    const put = async () => {
      throw new Error('slow down');
    };
    const claims = { ...createMemoryClaims(clock), put };
    const results = resultsOf(await answered(() => 'x'.repeat(LIMITS.valueBytes), [envelope()], { claims }));
    expect(results).toMatchObject([{ payload: 0, error: { cause: 'claim-unavailable', retryable: true } }]);
  });

  it('is echoed as a claim by a leaf that fails', async () => {
    const { claims, claim, envelopes } = await claimed();
    const leaf: Leaf<unknown, unknown> = () => {
      throw new Error('no');
    };
    expect(resultsOf(await answered(leaf, envelopes, { claims }))).toMatchObject([{ claim }, { payload: 'here' }]);
  });

  it('is not waited for beyond the deadline', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const get: ClaimStore['get'] = (_, __, signal) => {
      signals.push(signal);
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    };
    const { claims, claim } = await claimed();
    const late = envelope({ deadlineAt: NOW + 20, tasks: [{ taskIndex: 0, claim }] });
    expect(resultsOf(await answered(echo, [late], { claims: { ...claims, get } }))).toEqual([]);
    expect(signals[0]?.aborted).toBe(true);
  });

  it("cannot be told apart from the leaf's own error by the leaf's words", async () => {
    const leaf: Leaf<unknown, unknown> = () => {
      throw Object.assign(new Error('mine'), { code: 'claim-missing', retryable: true });
    };
    expect(resultsOf(await answered(leaf, [envelope()]))).toMatchObject([{ error: { cause: 'leaf-error' } }]);
  });
});
