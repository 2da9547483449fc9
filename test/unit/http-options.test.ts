import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../shared/core/limits.ts';
import { readJson } from '../../shared/http/body.ts';
import { cursorOf, readCursor } from '../../shared/http/cursor.ts';
import {
  completionParameter,
  countParameter,
  deadlineParameter,
  flagParameter,
  idempotencyKey,
  refuseUnknownParameters,
} from '../../shared/http/options.ts';
import { ProblemError } from '../../shared/http/problem.ts';

/** What was refused, as the caller is told. */
async function refusal(act: () => unknown): Promise<{ code?: string; errors?: ProblemError['details']['errors'] }> {
  try {
    await act();
  } catch (error) {
    if (error instanceof ProblemError) return { code: error.code, errors: error.details.errors };
    throw error;
  }
  return {};
}

describe('query parameters', () => {
  it('lets known ones pass', () => {
    refuseUnknownParameters(new URLSearchParams('wait=1&partial=true'), ['wait', 'partial']);
  });

  it('refuses unknown ones by name', async () => {
    const { code, errors } = await refusal(() => refuseUnknownParameters(new URLSearchParams('wiat=1'), ['wait']));
    expect(code).toBe('invalid-parameter');
    expect(errors).toEqual([{ field: 'wiat', message: 'is not a parameter of this call; it takes wait' }]);
  });

  it('refuses repeated ones', async () => {
    const { errors } = await refusal(() => refuseUnknownParameters(new URLSearchParams('wait=1&wait=2'), ['wait']));
    expect(errors).toEqual([{ field: 'wait', message: 'must be given once' }]);
  });
});

describe('deadlineMs', () => {
  it('is undefined unless given', () => expect(deadlineParameter(undefined)).toBeUndefined());
  it('takes its limits', () => {
    expect(deadlineParameter('1000')).toBe(1_000);
    expect(deadlineParameter('604800000')).toBe(604_800_000);
  });

  it.each([
    ['999', 1_000],
    ['604800001', 604_800_000],
    ['soon', 604_800_000],
    ['', 604_800_000],
    ['-5', 604_800_000],
  ])('refuses %j, naming the limit %d', async (value, limit) => {
    const { errors } = await refusal(() => deadlineParameter(value));
    expect(errors).toMatchObject([{ field: 'deadlineMs', limit }]);
  });
});

describe('completion', () => {
  it.each([
    ['all', { kind: 'all' }],
    ['quorum:3', { kind: 'quorum', successes: 3 }],
    ['tolerate:0', { kind: 'tolerate', failures: 0 }],
    ['quorum:80%', { kind: 'quorum', share: 0.8 }],
    ['quorum:100%', { kind: 'quorum', share: 1 }],
    ['quorum:0.001%', { kind: 'quorum', share: 0.000_01 }],
    ['tolerate:0%', { kind: 'tolerate', share: 0 }],
    ['tolerate:2.5%', { kind: 'tolerate', share: 0.025 }],
  ])('reads %s', (value, policy) => expect(completionParameter(value, 'all')).toEqual(policy));

  it('reads when, where the job has a predicate, and refuses it where it has none', async () => {
    expect(completionParameter('when', 'when')).toEqual({ kind: 'when' });
    const { errors } = await refusal(() => completionParameter('when', 'quorum'));
    expect(errors).toMatchObject([{ field: 'completion', message: expect.stringContaining('no predicate') }]);
  });

  it.each(['quorum:0%', 'quorum:100.001%', 'quorum:101%', 'tolerate:999%'])('refuses %j', async (value) => {
    const { errors } = await refusal(() => completionParameter(value, 'all'));
    expect(errors).toMatchObject([{ field: 'completion', limit: 100 }]);
  });

  it.each([
    '',
    'quorum',
    'quorum:',
    'quorum:0',
    `quorum:${LIMITS.tasksPerRequest + 1}`,
    'tolerate',
    'tolerate:-1',
    'all:1',
    'quorum:1.5',
    'quorum:-1%',
    'quorum:%',
    'quorum:0.0001%',
    'quorum:3,tolerate:1',
  ])('refuses %j', async (value) => {
    const { errors } = await refusal(() => completionParameter(value, 'all'));
    expect(errors).toMatchObject([{ field: 'completion', limit: LIMITS.tasksPerRequest }]);
  });
});

describe('limit and partial', () => {
  it('are read', () => {
    expect(countParameter('limit', '7', { min: 1, max: 10 })).toBe(7);
    expect(flagParameter('partial', 'true')).toBe(true);
    expect(flagParameter('partial', 'false')).toBe(false);
    expect(flagParameter('partial', undefined)).toBe(false);
  });

  it('are refused by name', async () => {
    expect((await refusal(() => countParameter('limit', '11', { min: 1, max: 10 }))).errors).toMatchObject([
      { field: 'limit', limit: 10 },
    ]);
    expect((await refusal(() => flagParameter('partial', 'yes'))).errors).toMatchObject([{ field: 'partial' }]);
  });
});

describe('Idempotency-Key', () => {
  it('is any visible ASCII', () => {
    expect(idempotencyKey(undefined)).toBeUndefined();
    expect(idempotencyKey('a~!"'.padEnd(255, 'x'))).toHaveLength(255);
  });

  it.each(['', ' ', 'a b', 'é', 'tab\t', 'x'.repeat(256)])('refuses %j', async (key) => {
    const { code, errors } = await refusal(() => idempotencyKey(key));
    expect(code).toBe('invalid-header');
    expect(errors).toMatchObject([{ field: 'Idempotency-Key', limit: 255 }]);
  });
});

describe('a cursor', () => {
  it('leads back to where it was made', () => {
    expect(readCursor(undefined)).toBe(0);
    for (const taskIndex of [0, 1, LIMITS.tasksPerRequest - 1]) expect(readCursor(cursorOf(taskIndex))).toBe(taskIndex);
  });

  it.each([
    '',
    '7',
    'x'.repeat(5_000),
    cursorOf(LIMITS.tasksPerRequest),
    cursorOf(-1),
    `${cursorOf(7)}=`,
    cursorOf(Number.NaN),
    'dGFzazowNw',
  ])('refuses %j by name', async (cursor) => {
    expect((await refusal(() => readCursor(cursor))).errors).toMatchObject([{ field: 'cursor' }]);
  });
});

describe('a body', () => {
  const post = (body: string | Uint8Array<ArrayBuffer>) => new Request('https://api.test/', { method: 'POST', body });

  it('is read as JSON', async () => {
    expect(await readJson(post('{"from":"Lòndon"}'), 100)).toEqual({ from: 'Lòndon' });
  });

  it.each([
    ['empty', ''],
    ['cut', '{"from":'],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('is refused when it is %s', async (_, body) => {
    expect(await refusal(() => readJson(post(body), 100))).toMatchObject({
      code: 'malformed-json',
      errors: [{ field: 'body' }],
    });
  });

  it('is refused over the limit, counted in bytes', async () => {
    expect(await readJson(post('"éé"'), 6)).toBe('éé');
    expect(await refusal(() => readJson(post('"ééx"'), 6))).toMatchObject({
      code: 'input-too-large',
      errors: [{ field: 'body', limit: 6 }],
    });
  });
});
