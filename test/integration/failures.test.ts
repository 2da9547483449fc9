/** Invariant 5: a failure is known with its cause, and never costs more than its own task. */
import { describe, expect, it } from 'vitest';
import { type Answered, ask, awaitAnswer, submit } from '../support/api.ts';

interface Folded {
  readonly attempts: readonly (readonly [number, number])[];
  readonly values: readonly unknown[];
}

const unruly = (behaviours: readonly string[], leaf: 'direct' | 'queue' | 'batch', query = ''): Promise<Answered> =>
  ask('unruly', { behaviours, leaf }, query);

/** The one failed task's cause, where the others answered. */
const failures = ({ body }: Answered): (readonly [number, string])[] =>
  body.failed.map(({ taskIndex, cause }) => [taskIndex, cause]);

describe.each(['direct', 'queue', 'batch'] as const)('a leaf delivered %s', (leaf) => {
  it('answers what it is asked', async () => {
    const { body } = await unruly(['answer', 'answer', 'answer'], leaf);
    expect(body).toMatchObject({ status: 'complete', tasks: { succeeded: 3 } });
    expect((body.aggregate as Folded).attempts).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
  });

  it('that throws fails its task after the attempts the job allows', async () => {
    const answered = await unruly(['answer', 'throw', 'answer'], leaf);
    expect(answered.body).toMatchObject({ status: 'partial', completionReason: 'all-answered' });
    expect(failures(answered)).toEqual([[1, 'leaf-error']]);
    expect(answered.body.failed[0]?.message).toBe('asked to throw');
  });

  it('that throws once is tried again, and counted once', async () => {
    const { body } = await unruly(['throw-once', 'answer'], leaf);
    expect(body).toMatchObject({ status: 'complete', tasks: { succeeded: 2 } });
    expect((body.aggregate as Folded).attempts).toEqual([
      [0, 2],
      [1, 1],
    ]);
  });

  it('that hangs is a timeout of its own, known before the deadline', async () => {
    const answered = await unruly(['answer', 'hang'], leaf);
    expect(failures(answered)).toEqual([[1, 'leaf-timeout']]);
    expect(answered.body.completionReason).toBe('all-answered');
  });

  it('that hangs past the deadline leaves its task missing', async () => {
    const { body } = await unruly(['answer', 'hang'], leaf, '?deadlineMs=1000');
    expect(body).toMatchObject({ status: 'partial', completionReason: 'deadline-passed' });
    expect(body.missing).toEqual([{ taskIndex: 1, label: 'hang-1', cause: 'timed-out' }]);
  });
});

describe('a direct leaf that dies', () => {
  it.each([
    ['exit', 'leaf-crashed'],
    ['run-out-of-memory', 'leaf-crashed'],
    ['run-out-of-buffers', 'leaf-crashed'],
    ['spin', 'leaf-timeout'],
  ])('by %s fails its own task as %s, long before the deadline', async (behaviour, cause) => {
    const answered = await unruly(['answer', behaviour, 'answer'], 'direct');
    expect(failures(answered)).toEqual([[1, cause]]);
    expect(answered.body).toMatchObject({ completionReason: 'all-answered', tasks: { succeeded: 2 } });
  });

  it('is tried again', async () => {
    const { body } = await unruly(['exit-once', 'answer'], 'direct');
    expect(body).toMatchObject({ status: 'complete', tasks: { succeeded: 2 } });
  });
});

describe('a queue leaf that dies', () => {
  it('fails its task once its queue has given up', async () => {
    const { body } = await submit('unruly', { behaviours: ['answer', 'exit'], leaf: 'queue' }, '?deadlineMs=60000');
    const final = await awaitAnswer(body.requestId);
    expect(failures(final)).toEqual([[1, 'leaf-crashed']]);
  });
});

describe('a result', () => {
  it('that is too large fails its task, saying the limit', async () => {
    const answered = await unruly(['answer-too-much', 'answer'], 'direct');
    expect(failures(answered)).toEqual([[0, 'result-too-large']]);
    expect(answered.body.failed[0]?.message).toContain('5242880');
  });

  it('of any characters, or of nothing, comes back as it was', async () => {
    const { body } = await unruly(['answer-emoji'], 'direct');
    expect((body.aggregate as Folded).values).toEqual(['🚂 to Zürich \ud800']);
  });
});

describe("a job's own code that throws", () => {
  it('in split is refused, and nothing was accepted', async () => {
    expect(await ask('faulty', { where: 'split', tasks: 2 })).toMatchObject({
      status: 422,
      body: { code: 'cannot-split', detail: expect.stringContaining('split was asked to throw') },
    });
  });

  it.each(['fold', 'finish', 'predicate'])('in %s fails the request, saying where', async (where) => {
    const { body } = await ask('faulty', { where, tasks: 2 });
    expect(body).toMatchObject({ status: 'failed', completionReason: 'job-error', aggregate: null });
    expect(body.error?.message).toContain('was asked to throw');
  });

  it('nowhere ends as its predicate says', async () => {
    const { body } = await ask('faulty', { where: 'nowhere', tasks: 5 });
    expect(body.status).toBe('complete');
    expect(['predicate-met', 'all-succeeded']).toContain(body.completionReason);
  });
});

describe('a split', () => {
  it('that yields no task is refused, saying the limit', async () => {
    const answered = await unruly([], 'direct');
    expect(answered).toMatchObject({ status: 422, body: { code: 'cannot-split', errors: [{ limit: 1 }] } });
  });

  it('that yields more than the limit is refused, saying it', async () => {
    const answered = await unruly(new Array(10_001).fill('answer'), 'direct');
    expect(answered).toMatchObject({ status: 422, body: { code: 'cannot-split', errors: [{ limit: 10_000 }] } });
  });
});
