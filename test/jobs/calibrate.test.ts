import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { job } from '../../jobs/calibrate/job.ts';
import { leaf } from '../../jobs/calibrate/load.ts';
import { checkFoldLaws, successesOf } from '../support/fold-laws.ts';

const values = fc.record({ index: fc.nat(10_000), filler: fc.string({ unit: fc.constant('x') }) });
const context = { requestId: 'r', taskIndex: 0, attempt: 1, deadlineAt: 0, signal: AbortSignal.abort() };

describe('calibrate', () => {
  it('has a fold that keeps the laws', () => checkFoldLaws(job, successesOf(values)));

  it('fails the first tasks and slows the last ones, as many as it was asked to', () => {
    const input = {
      tasks: 5,
      resultBytes: 7,
      leafMs: 2,
      failing: 1,
      stragglers: 2,
      stragglerMs: 90,
      stragglersOnce: false,
    };
    const payloads = [...job.split(input)].map(({ payload }) => payload);
    expect(payloads.map(({ fails }) => fails)).toEqual([true, false, false, false, false]);
    expect(payloads.map(({ ms }) => ms)).toEqual([2, 2, 2, 90, 90]);
    expect(payloads.every(({ bytes }) => bytes === 7)).toBe(true);
  });

  it.each([0, 1, 4, 1_000, 1_001])('answers with %i bytes when asked to', async (bytes) => {
    const { filler, index } = await leaf({ index: 3, bytes, ms: 0, againMs: 0, fails: false }, context);
    expect(index).toBe(3);
    expect(Buffer.byteLength(filler)).toBe(bytes);
    expect(filler).toMatch(/^[\w-]*$/);
  });

  it('answers the same for the same task, and so that compressing it gains no more than its alphabet leaves', async () => {
    const fillerOf = async (index: number) =>
      (await leaf({ index, bytes: 4_096, ms: 0, againMs: 0, fails: false }, context)).filler;
    expect(await fillerOf(1)).toBe(await fillerOf(1));
    const fillers = await Promise.all(Array.from({ length: 16 }, (_, index) => fillerOf(index)));
    const text = fillers.join('');
    expect(gzipSync(text).length).toBeGreaterThan(text.length * 0.75);
  });

  it('fails when asked to', async () => {
    await expect(leaf({ index: 3, bytes: 4, ms: 0, againMs: 0, fails: true }, context)).rejects.toThrow(
      'asked to fail',
    );
  });

  it('slows only the first copy of a slow task, if asked to', async () => {
    const input = { ...{ tasks: 2, resultBytes: 1, leafMs: 0, failing: 0 }, stragglers: 1, stragglerMs: 60_000 };
    const [, slow] = [...job.split({ ...input, stragglersOnce: true })].map(({ payload }) => payload);
    if (!slow) throw new Error('there are two tasks');
    await expect(leaf(slow, context)).rejects.toThrow();
    expect(await leaf(slow, { ...context, hedge: true })).toMatchObject({ index: 1 });
    expect(await leaf(slow, { ...context, attempt: 2 })).toMatchObject({ index: 1 });
    const [, always] = [...job.split({ ...input, stragglersOnce: false })].map(({ payload }) => payload);
    await expect(leaf(always ?? slow, { ...context, hedge: true })).rejects.toThrow();
  });

  it('stops sleeping when its time is over', async () => {
    await expect(leaf({ index: 0, bytes: 0, ms: 60_000, againMs: 0, fails: false }, context)).rejects.toThrow();
  });

  it.each([
    { tasks: 0 },
    { tasks: 1_000_001 },
    { tasks: 3, failing: 4 },
    { tasks: 3, stragglers: 4 },
    { resultBytes: -1 },
    { unknown: 1 },
  ])('refuses %j', (input) => expect(job.input.safeParse(input).success).toBe(false));
});
