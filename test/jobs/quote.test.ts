/** The auction: whom it asks, and how bids, and what are none, combine. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { job } from '../../jobs/quote/job.ts';
import { checkFoldLaws, successesOf } from '../support/fold-laws.ts';

const bids = fc.oneof(
  fc.record({ pence: fc.integer({ min: 1, max: 50 }) }),
  fc.constant(null),
  fc.record({ pence: fc.integer({ max: 0 }) }),
  fc.constantFrom<unknown>('free', [], { price: 1 }),
);
const folded = (...values: readonly unknown[]) => {
  const { empty, add, finish } = job.fold;
  return finish(
    values.reduce<ReturnType<typeof empty>>(
      (book, value, taskIndex) => add(book, { taskIndex, label: `b-${taskIndex}`, value }),
      empty(),
    ),
  );
};

describe('an auction', () => {
  it('has a fold that keeps the laws', () => checkFoldLaws(job, successesOf(bids)));

  it('asks every bidder that is present, by name, and nobody else', () => {
    const wanted = { item: 'rope', quantity: 2 };
    const present = ['a', 'b'].map((instanceId) => ({ service: 'bidder', instanceId }));
    expect([...job.split(wanted, { present })]).toEqual([
      { leaf: 'bidder', instance: 'a', label: 'a', payload: wanted },
      { leaf: 'bidder', instance: 'b', label: 'b', payload: wanted },
    ]);
    expect([...job.split(wanted, { present: [] })]).toEqual([]);
  });

  it('asks no more than it has tasks for', () => {
    const present = Array.from({ length: 600 }, (_, index) => ({ service: 'bidder', instanceId: `${index}` }));
    expect([...job.split({ item: 'rope', quantity: 1 }, { present })]).toHaveLength(500);
  });

  it('answers with the best three, the first of two at one price', () => {
    const pence = [9, 4, 7, 4, 8].map((price) => ({ pence: price }));
    expect(folded(...pence)).toEqual({
      ...{ bids: 5, declined: 0, unreadable: 0 },
      best: [
        { bidder: 'b-1', pence: 4 },
        { bidder: 'b-3', pence: 4 },
        { bidder: 'b-2', pence: 7 },
      ],
    });
  });

  it('counts who has none to sell, and answers that are no bid', () => {
    expect(folded(null, { pence: 0 }, { pence: 1.5 }, 'free', { pence: 3 })).toEqual({
      ...{ best: [{ bidder: 'b-4', pence: 3 }], bids: 1, declined: 1, unreadable: 3 },
    });
  });

  it.each([[{}], [{ item: '' }], [{ item: 'rope', quantity: 0 }], [{ item: 'rope', colour: 'red' }]])(
    'does not take %j',
    (input) => expect(job.input.safeParse(input).success).toBe(false),
  );
});
