import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { job } from '../../jobs/direct-trains/job.ts';
import type { Enquiry, Train } from '../../jobs/direct-trains/train.ts';
import { fastestFirst, REGIONS } from '../../jobs/direct-trains/train.ts';
import type { Leaf } from '../../shared/core/job.ts';
import { checkFoldLaws, successesOf } from '../support/fold-laws.ts';

const leaves = new Map<string, Leaf<Enquiry, Train[]>>();
for (const name of Object.keys(job.leaves))
  leaves.set(name, (await import(`../../jobs/direct-trains/${name}.ts`)).leaf);

const context = { requestId: 'r', taskIndex: 0, attempt: 1, deadlineAt: 0, signal: new AbortController().signal };

/** The whole job in one process: split, each leaf, fold. */
async function trainsFor(body: unknown): Promise<readonly Train[]> {
  const parsed = job.input.safeParse(body);
  if (!parsed.success) throw new Error('the input was refused', { cause: parsed.error });
  let accumulator = job.fold.empty();
  let taskIndex = 0;
  for (const { leaf, payload } of job.split(parsed.data)) {
    const value = await leaves.get(leaf ?? '')?.(payload, context);
    if (value) accumulator = job.fold.add(accumulator, { taskIndex: taskIndex++, value });
  }
  return job.fold.finish(accumulator).trains;
}

const everything = await trainsFor({ from: 'London' });

describe('direct-trains', () => {
  it('asks each region once, on the leaf of its name', () => {
    const tasks = [...job.split({ from: 'London', withinMinutes: 60 })];
    expect(tasks.map(({ leaf }) => leaf)).toEqual(REGIONS);
    expect(tasks.map(({ label }) => label)).toEqual(REGIONS);
    for (const { payload } of tasks) expect(payload).toEqual({ from: 'London', withinMinutes: 60 });
  });

  it('hears from every region', () => {
    expect(new Set(everything.map(({ region }) => region))).toEqual(new Set(REGIONS));
  });

  it('lists the fastest first, ties in one order only', () => {
    expect(everything).toEqual([...everything].reverse().sort(fastestFirst));
    for (const [index, train] of everything.slice(1).entries())
      expect(fastestFirst(everything[index] as Train, train)).toBeLessThan(0);
  });

  it('keeps to withinMinutes, inclusively', async () => {
    const [fastest] = everything;
    const withinHour = await trainsFor({ from: 'London', withinMinutes: 60 });
    expect(withinHour).toEqual(everything.filter(({ typicalMinutes }) => typicalMinutes <= 60));
    expect(await trainsFor({ from: 'London', withinMinutes: fastest?.typicalMinutes })).toContainEqual(fastest);
    expect(await trainsFor({ from: 'London', withinMinutes: 1 })).toEqual([]);
  });

  it.each(['PAD', 'pad', 'London Paddington', ' london  PADDINGTON '])('takes "%s" for one terminal', async (from) => {
    const trains = await trainsFor({ from });
    expect(trains).toEqual(everything.filter(({ fromCrs }) => fromCrs === 'PAD'));
    expect(trains.length).toBeGreaterThan(0);
  });

  it.each(["London King's Cross", 'London King’s Cross', 'London Kings Cross', 'KGX'])('takes "%s"', async (from) => {
    expect(new Set((await trainsFor({ from })).map(({ fromCrs }) => fromCrs))).toEqual(new Set(['KGX']));
  });

  it.each(['Atlantis', 'Lond', 'London Bridge Road', '.'])('knows no trains from "%s"', async (from) => {
    expect(await trainsFor({ from })).toEqual([]);
  });

  it.each([
    {},
    { from: '' },
    { from: '   ' },
    { from: 'x'.repeat(101) },
    { from: 7 },
    { from: 'London', withinMinutes: 0 },
    { from: 'London', withinMinutes: 1_441 },
    { from: 'London', withinMinutes: 59.5 },
    { from: 'London', withinMinutes: '60' },
    { from: 'London', to: 'York' },
    'London',
    null,
  ])('refuses %j', (body) => {
    expect(job.input.safeParse(body).success).toBe(false);
  });

  it('obeys the fold laws', () => {
    const train = fc.constantFrom(...everything);
    checkFoldLaws(job, successesOf(fc.array(train, { maxLength: 8 }), 6));
  });

  it('splits the same enquiry the same way', () => {
    const enquiry = fc.record({ from: fc.string({ minLength: 1 }), withinMinutes: fc.integer({ min: 1, max: 1_440 }) });
    fc.assert(
      fc.property(enquiry, (input) => {
        expect([...job.split(input)]).toEqual([...job.split(input)]);
      }),
    );
  });
});
