/** The check of leaves: a good one passes, and one that breaks a rule is told which. */
import { describe, expect, it } from 'vitest';
import { checkLeaf } from '../../conformance/check.ts';
import type { Answer, LeafUnderTest } from '../../conformance/leaf.ts';
import { BadOption, readOptions } from '../../conformance/options.ts';
import type { LeafResult, ResultsEnvelope, TaskEnvelope } from '../../shared/core/envelope.ts';
import { parseTaskEnvelope } from '../../shared/core/parse-envelope.ts';

interface RollCall {
  readonly kind?: 'roll-call';
  readonly rollCallId: string;
  readonly services?: readonly string[];
  readonly answerBy: number;
  readonly answersToken: string;
  readonly answersPath: string;
}

/** How a leaf differs from a good one. */
interface Habits {
  readonly takes?: (envelope: TaskEnvelope) => boolean;
  readonly answers?: (answer: ResultsEnvelope, envelope: TaskEnvelope) => readonly object[];
  readonly result?: (result: LeafResult, envelope: TaskEnvelope) => object;
  /** Ends at a message that it cannot read. */
  readonly isFragile?: boolean;
  readonly present?: (present: object, asked: RollCall) => readonly object[];
  readonly over?: (over: NonNullable<Answer['over']>) => NonNullable<Answer['over']>;
}

const isInTime = ({ deadlineAt, graceMs = 0 }: TaskEnvelope): boolean => Date.now() < deadlineAt + graceMs;

function goodResult(task: TaskEnvelope['tasks'][number], { attempt, hedge }: TaskEnvelope): LeafResult {
  const { taskIndex, label, ...carried } = task;
  const named = { taskIndex, attempt, ...(hedge ? { hedge } : {}), ...(label === undefined ? {} : { label }) };
  if (carried.claim) return { ...named, error: { cause: 'claim-missing', message: 'gone', retryable: false } };
  if (carried.payload === 'unanswerable')
    return { ...named, error: { cause: 'busy', message: 'later', retryable: true }, payload: carried.payload };
  return { ...named, value: 'done' };
}

/** A leaf in memory, which answers to a queue, or over HTTP. */
function aLeaf(habits: Habits = {}, isHttp = false): LeafUnderTest {
  const waiting: Answer[] = [];
  let isBroken = false;
  const say = (body: object, path: string, token: string): void => {
    const over = { path, token };
    waiting.push({ body: JSON.stringify(body), ...(isHttp ? { over: habits.over?.(over) ?? over } : {}) });
  };
  const work = (envelope: TaskEnvelope): void => {
    if (!(habits.takes ?? isInTime)(envelope)) return;
    const { tasks, attempt: _, hedge: __, replyTo: ___, ...header } = envelope;
    const results = tasks
      .map((task) => goodResult(task, envelope))
      .map((result) => habits.result?.(result, envelope) ?? result) as LeafResult[];
    const answer = { ...header, hops: header.hops + 1, results } as ResultsEnvelope;
    for (const each of habits.answers?.(answer, envelope) ?? [answer])
      say(each, `/v1/requests/${header.requestId}/results`, header.resultsToken);
  };
  const attend = (asked: RollCall): void => {
    const isAsked = (asked.services ?? ['pricing']).includes('pricing') && Date.now() < asked.answerBy;
    const { rollCallId, answersToken } = asked;
    const present = { v: 1, kind: 'present', rollCallId, answersToken, service: 'pricing', instanceId: 'i-1' };
    const all = habits.present?.(present, asked) ?? (isAsked ? [present] : []);
    for (const each of all) say(each, asked.answersPath, answersToken);
  };
  return {
    replyTo: 'queue',
    async send(body) {
      try {
        const message = isBroken ? undefined : JSON.parse(body);
        if (message?.kind === 'roll-call') attend(message);
        else if (message) work(parseTaskEnvelope(message));
      } catch {
        isBroken = habits.isFragile ?? false;
      }
    },
    receive: async () => waiting.splice(0),
    close: async () => undefined,
  };
}

const check = async (leaf: LeafUnderTest, rollCallsOf?: string): Promise<readonly string[]> => {
  const outcomes = await checkLeaf(leaf, {
    ...{ letterhead: { job: 'quote', leaf: 'pricing', payload: {} }, waitMs: 10, quietMs: 5 },
    failing: { payload: 'unanswerable' },
    ...(rollCallsOf ? { rollCallsOf } : {}),
  });
  return [...new Set(outcomes.flatMap(({ breaches }) => breaches).map(({ rule, what }) => `${rule}: ${what}`))];
};

describe('a good leaf', () => {
  it.each([
    ['over a queue', false],
    ['over HTTP', true],
  ])('passes %s, and its roll-calls too', async (_, isHttp) => {
    expect(await check(aLeaf({}, isHttp), 'pricing')).toEqual([]);
  });

  it('may answer in as many messages as it likes, or not at all when it is asked twice', async () => {
    const one: Habits['answers'] = (answer) => answer.results.map((result) => ({ ...answer, results: [result] }));
    expect(await check(aLeaf({ answers: one }))).toEqual([]);
    const seen = new Set<string>();
    const once = (envelope: TaskEnvelope) =>
      isInTime(envelope) && !seen.has(envelope.requestId) && !!seen.add(envelope.requestId);
    expect(await check(aLeaf({ takes: once }))).toEqual([]);
  });
});

describe('a leaf that breaks a rule is told which', () => {
  const BROKEN: readonly (readonly [string, RegExp, Habits])[] = [
    ['answers', /task 4 was answered 0 times/, { takes: () => false }],
    [
      'answers',
      /task 0 was answered 0 times/,
      { answers: (answer) => [{ ...answer, results: answer.results.slice(0, 1) }] },
    ],
    ['envelope', /no results envelope: shardSize/, { answers: ({ shardSize: _, ...answer }) => [answer] }],
    ['envelope', /value and error exclude/, { result: (result) => ({ ...result, value: 1, error: {} }) }],
    ['header', /deadlineAt is 1, and was/, { answers: (answer) => [{ ...answer, deadlineAt: 1 }] }],
    ['header', /traceparent is not there/, { answers: ({ traceparent: _, ...answer }) => [answer] }],
    ['header', /resultsToken is "mine"/, { answers: (answer) => [{ ...answer, resultsToken: 'mine' }] }],
    ['hops', /hops is 3, not one more than 3/, { answers: (answer) => [{ ...answer, hops: 3 }] }],
    ['tasks', /task 500 was answered, and not handed out/, { result: (result) => ({ ...result, taskIndex: 500 }) }],
    ['tasks', /task 4 was answered 2 times/, { answers: (answer) => [answer, answer] }],
    ['attempt', /attempt is 1, and was 2/, { result: (result) => ({ ...result, attempt: 1 }) }],
    ['label', /label is not there, and was "four"/, { result: ({ label: _, ...result }) => result }],
    ['hedge', /hedge is not there, and was true/, { result: ({ hedge: _, ...result }) => result }],
    ['retry', /is not echoed/, { result: ({ payload: _, ...result }: LeafResult & { payload?: unknown }) => result }],
    [
      'size',
      /a value is over 200 KiB/,
      { result: (result) => ('value' in result ? { ...result, value: 'x'.repeat(205_000) } : result) },
    ],
    ['size', /a message is over 1 MiB/, { answers: (answer) => [{ ...answer, filler: 'x'.repeat(1_050_000) }] }],
    ['deadline', /past its deadline was answered/, { takes: () => true }],
    ['claims', /task 8 was answered 0 times/, { takes: (envelope) => isInTime(envelope) && !envelope.tasks[0]?.claim }],
    ['claims', /answered without an error/, { result: ({ taskIndex, attempt }) => ({ taskIndex, attempt, value: 1 }) }],
    ['errors', /answered without an error/, { result: ({ taskIndex, attempt }) => ({ taskIndex, attempt, value: 1 }) }],
    ['unknown-members', /task 6/, { takes: (envelope) => isInTime(envelope) && !('later' in envelope) }],
    ['survives', /no envelopes/, { isFragile: true }],
  ];

  it.each(BROKEN)('%s: %s', async (rule, what, habits) => {
    const breaches = await check(aLeaf(habits));
    expect(breaches.filter((each) => each.startsWith(`${rule}: `) && what.test(each))).not.toEqual([]);
  });

  it.each([
    ['a path of its own', /it was sent to \/answers, not to/, { over: ({ token }) => ({ token, path: '/answers' }) }],
    ['no token', /Authorization is not/, { over: ({ path }) => ({ path, token: undefined }) }],
  ] satisfies [string, RegExp, Habits][])('token: %s', async (_, what, habits) => {
    expect(
      (await check(aLeaf(habits, true))).filter((each) => each.startsWith('token: ') && what.test(each)),
    ).not.toEqual([]);
  });

  it.each([
    ['nobody answered', { present: () => [] }],
    ['answered more than once', { present: (present) => [present, present] }],
    ['v must be 1', { present: (present) => [{ ...present, v: 2 }] }],
    ['answersToken', { present: (present) => [{ ...present, answersToken: 'mine' }] }],
    ['service is "stock"', { present: (present) => [{ ...present, service: 'stock' }] }],
    ['instanceId', { present: (present) => [{ ...present, instanceId: 'a/b' }] }],
    ['metadata must be an object', { present: (present) => [{ ...present, metadata: 'x' }] }],
    ['over the limit of 2048', { present: (present) => [{ ...present, metadata: { x: 'x'.repeat(2_100) } }] }],
    ['one of others was answered', { present: (present) => [present] }],
    ['one that is over was answered', { present: (present) => [present] }],
  ] satisfies [string, Habits][])('roll-call: %s', async (what, habits) => {
    expect((await check(aLeaf(habits), 'pricing')).join('\n')).toContain(what);
  });

  it('and nothing else is tried where a single task is not answered', async () => {
    const outcomes = await checkLeaf(aLeaf({ takes: () => false }), {
      ...{ letterhead: { job: 'quote', leaf: 'pricing', payload: {} }, waitMs: 0, quietMs: 0 },
    });
    expect(outcomes.map(({ name }) => name)).toEqual(['one task']);
  });
});

describe('the command', () => {
  it.each([
    ['http://127.0.0.1:4100/000000000000/pricing', { kind: 'queue', raw: true }],
    ['https://sqs.eu-west-2.amazonaws.com/123456789012/pricing', { kind: 'queue', raw: true }],
    ['https://pricing.example.com/secret', { kind: 'http', raw: false }],
  ])('knows a queue from an endpoint: %s', (url, expected) => {
    expect(readOptions([url])).toMatchObject({ ...expected, job: 'check', leaf: 'leaf', payload: {}, waitMs: 10_000 });
  });

  it.each([
    [[], /give the one URL/],
    [['pricing'], /give the one URL/],
    [['ftp://a'], /http:\/\/ or https:\/\//],
    [['http://a', 'http://b'], /give the one URL/],
    [['http://a', '--payload', '{'], /--payload takes JSON/],
    [['http://a', '--leaf', 'pricing'], /--leaf takes job.leaf/],
    [['http://a', '--roll-call'], /--roll-call needs --service/],
    [['http://a', '--port', '70000'], /--port takes a number up to 65535/],
    [['http://a', '--wate'], /--wate/],
  ])('refuses %j in one line', (given, complaint) => {
    expect(() => readOptions(given)).toThrow(BadOption);
    expect(() => readOptions(given)).toThrow(complaint);
  });
});
