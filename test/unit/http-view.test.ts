import { describe, expect, it } from 'vitest';
import type { Answer } from '../../shared/core/answer.ts';
import type { Estimate } from '../../shared/core/estimate.ts';
import type { Head } from '../../shared/core/gathering.ts';
import { acceptedResponse, closedResponse, runningResponse } from '../../shared/http/answers.ts';
import { noneMatch } from '../../shared/http/etag.ts';
import { acceptedSchema, requestSchema } from '../../shared/http/schemas.ts';
import { closedView } from '../../shared/http/view.ts';

const requestId = '0b54a9f3-6d1e-4c0a-9a6e-0a3f1f4f3c11';

const head: Head = {
  ...{
    requestId,
    owner: 'ann',
    job: 'direct-trains',
    jobVersion: 1,
    resultsToken: 'secret',
    expected: 5,
    shardSize: 5,
  },
  ...{ policy: { kind: 'all' }, acceptedAt: 1_000, deadlineAt: 21_000, ttlEpochSeconds: 99, state: 'closed' },
  ...{ arrived: 4, failed: 1, lookAt: 5, failLookAt: 5, scatteredAt: 1_001, version: 1 },
};

const answer: Answer = {
  ...{ version: 1, status: 'partial', completionReason: 'deadline-passed', closedAt: 21_010 },
  tasks: { expected: 5, succeeded: 3, failed: 1, missing: 1 },
  failed: [{ taskIndex: 2, label: 'scotland', cause: 'leaf-error', message: 'no trains' }],
  missing: [{ taskIndex: 4, label: 'southern', cause: 'timed-out' }],
  aggregate: { trains: [] },
  membership: { succeeded: new Uint8Array([11]), failed: new Uint8Array([4]), chunks: ['a'] },
};

const running = {
  tasks: { expected: 5, succeeded: 2, failed: 1, missing: 2 },
  failed: [],
  aggregate: null,
  hints: { arrived: 3, failed: 1 },
  estimate: { latestAt: 21_000 },
};

describe('a closed request', () => {
  it('is told in the published shape', async () => {
    const response = closedResponse(head, answer);
    expect(response.status).toBe(200);
    expect(requestSchema.parse(await response.json())).toEqual({
      ...{
        requestId,
        job: 'direct-trains',
        completion: 'all',
        status: 'partial',
        completionReason: 'deadline-passed',
        version: 1,
      },
      ...{ tasks: answer.tasks, coverage: 0.6, failed: answer.failed, missing: answer.missing },
      ...{ aggregate: { trains: [] }, acceptedAt: 1_000, deadlineAt: 21_000, closedAt: 21_010 },
      links: { self: `/v1/requests/${requestId}`, results: `/v1/requests/${requestId}/results` },
    });
  });

  it('tells nothing that is not in that shape', () => {
    expect(JSON.stringify(closedView(head, answer))).not.toMatch(/secret|ann|membership/);
  });

  it('counts what its lists leave out', () => {
    const tasks = { expected: 500, succeeded: 100, failed: 250, missing: 150 };
    const view = requestSchema.parse(closedView(head, { ...answer, tasks }));
    expect(view).toMatchObject({ failedNotShown: 249, missingNotShown: 149 });
  });

  it("says where the job's own code threw", () => {
    const error = { where: 'fold', message: 'sum is not a number' } as const;
    const view = closedView(head, { ...answer, status: 'failed', completionReason: 'job-error', error });
    expect(requestSchema.parse(view).error).toEqual(error);
  });

  it('has a strong tag, and may be kept by who asks', () => {
    const { headers } = closedResponse(head, answer);
    expect(headers.get('etag')).toBe(`"${requestId}-v1"`);
    expect(headers.get('cache-control')).toBe('private, no-cache');
    expect(headers.get('retry-after')).toBeNull();
  });

  it('is not sent again to who has it', async () => {
    const response = closedResponse(head, answer, { ifNoneMatch: `"other", W/"${requestId}-v1"` });
    expect(response.status).toBe(304);
    expect(response.headers.get('etag')).toBe(`"${requestId}-v1"`);
    expect(await response.text()).toBe('');
  });
});

describe('a running request', () => {
  const now = 1_500;

  it('is told in the same shape', async () => {
    const response = runningResponse(head, running, { now });
    expect(requestSchema.parse(await response.json())).toMatchObject({
      ...{ status: 'running', completionReason: null, version: 0, tasks: running.tasks, coverage: 0.4 },
      ...{ completion: 'all', failed: [], missing: [], aggregate: null, closedAt: null },
    });
  });

  it('counts failures that only the results pages name', async () => {
    const body = requestSchema.parse(await runningResponse(head, running, { now }).json());
    expect(body.failedNotShown).toBe(1);
  });

  it('has a weak tag that changes with every mark', () => {
    const tagOf = (arrived: number) =>
      runningResponse(head, { ...running, hints: { arrived, failed: 1 } }, { now }).headers.get('etag');
    expect(tagOf(3)).toMatch(/^W\/"/);
    expect(tagOf(3)).not.toBe(tagOf(4));
    expect(runningResponse(head, running, { now, ifNoneMatch: tagOf(3) ?? '' }).status).toBe(304);
  });

  it('says when to ask again', () => {
    const secondsOf = (estimate: Estimate, at = now) =>
      runningResponse(head, { ...running, estimate }, { now: at }).headers.get('retry-after');
    expect(secondsOf({ latestAt: 21_000 })).toBe('1');
    expect(secondsOf({ latestAt: 3_600_000 })).toBe('30');
    expect(secondsOf({ latestAt: 21_000 }, 99_000)).toBe('1');
    expect(secondsOf({ p50At: 8_000, p95At: 9_000, latestAt: 3_600_000 })).toBe('7');
    expect(secondsOf({ p50At: 1_400, p95At: 9_000, latestAt: 3_600_000 })).toBe('1');
  });

  it('says when it is likely to be complete', async () => {
    const estimate = { p50At: 8_000, p95At: 9_000, latestAt: 21_000 };
    const body = requestSchema.parse(await runningResponse(head, { ...running, estimate }, { now }).json());
    expect(body.estimate).toEqual(estimate);
  });
});

describe('an accepted request', () => {
  it('is told where and when to ask', async () => {
    const response = acceptedResponse(head, {
      now: 1_000,
      estimate: { latestAt: 21_000 },
      headers: { 'preference-applied': 'wait=1' },
    });
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/v1/requests/${requestId}`);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('preference-applied')).toBe('wait=1');
    expect(acceptedSchema.parse(await response.json())).toMatchObject({
      ...{ requestId, status: 'running', deadlineAt: 21_000, estimate: { latestAt: 21_000 } },
    });
  });
});

describe('If-None-Match', () => {
  it.each([
    ['"a"', '"a"', true],
    ['*', '"a"', true],
    ['W/"a"', '"a"', true],
    ['"a"', 'W/"a"', true],
    ['"b", "a"', '"a"', true],
    ['"b"', '"a"', false],
    ['a', '"a"', false],
    ['', '"a"', false],
    [undefined, '"a"', false],
  ])('%j names %j: %s', (header, tag, matches) => expect(noneMatch(header, tag)).toBe(matches));
});
