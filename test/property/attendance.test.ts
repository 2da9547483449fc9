/** Answers come twice, shuffled, in any company, and contradict each other: whoever reads them says the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attendanceOf, firstAnswers, stillNeeded } from '../../shared/core/roll-call/attendance.ts';
import { memberName, type RollAnswer } from '../../shared/core/roll-call/roll-call.ts';
import { aRollCall } from '../support/roll-calls.ts';

const name = fc.constantFrom('a', 'b', 'c', '__proto__');
const answer: fc.Arbitrary<RollAnswer> = fc.record(
  {
    ...{ service: name, instanceId: name, receivedAt: fc.integer({ min: 1_000_000, max: 1_000_004 }) },
    ...{ version: fc.constantFrom('1', '2'), metadata: fc.record({ zone: name }) },
  },
  { requiredKeys: ['service', 'instanceId', 'receivedAt'] },
);
/** Answers, and the same ones doubled and in another order. */
const answersTwice = fc.array(answer, { maxLength: 30 }).chain((answers) =>
  fc.tuple(
    fc.constant(answers),
    fc.array(fc.nat(), { maxLength: 20 }).chain((repeats) =>
      fc.shuffledSubarray([...answers, ...repeats.flatMap((n) => answers.slice(n % 31, (n % 31) + 1))], {
        minLength: answers.length + repeats.filter((n) => n % 31 < answers.length).length,
      }),
    ),
  ),
);

describe('of answers that came', () => {
  it('the same are chosen in whatever order and however often they come', () => {
    fc.assert(
      fc.property(answersTwice, ([answers, again]) => {
        expect(firstAnswers(again, {})).toEqual(firstAnswers(answers, {}));
      }),
    );
  });

  it('an instance is chosen once, and none was received before the chosen one', () => {
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 30 }), (answers) => {
        const chosen = firstAnswers(answers, {});
        expect(chosen.map(memberName).toSorted()).toEqual([...new Set(answers.map(memberName))].toSorted());
        for (const one of chosen) {
          const its = answers.filter((other) => memberName(other) === memberName(one));
          expect(one.receivedAt).toBe(Math.min(...its.map(({ receivedAt }) => receivedAt)));
        }
      }),
    );
  });

  it('those of services that were not asked say nothing', () => {
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 30 }), (answers) => {
        const chosen = firstAnswers(answers, { services: ['a'] });
        expect(chosen).toEqual(
          firstAnswers(
            answers.filter(({ service }) => service === 'a'),
            {},
          ),
        );
      }),
    );
  });
});

describe('who was expected', () => {
  const expected = fc.array(
    fc.oneof(
      name,
      fc.tuple(name, name).map(([service, instanceId]) => `${service}/${instanceId}`),
    ),
  );

  it('is present or absent, and nobody is needed once all are there and the minimum is met', () => {
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 30 }), expected, fc.nat(12), (answers, members, minimum) => {
        const rollCall = aRollCall({ minimum });
        const chosen = firstAnswers(answers, rollCall);
        const { absent, status, present } = attendanceOf(rollCall, members, chosen);
        const there = new Set(present.flatMap((one) => [one.service, memberName(one)]));
        const told = absent.map(({ service, instanceId }) => (instanceId ? `${service}/${instanceId}` : service));
        expect(told).toEqual(members.filter((member) => !there.has(member)));
        expect(status === 'complete').toBe(stillNeeded(members, rollCall, chosen) === 0);
      }),
    );
  });
});

describe('the answers that are still needed', () => {
  it('are never more than would do, so that whoever waits for as many is never late', () => {
    const some = fc.array(answer, { maxLength: 12 });
    fc.assert(
      fc.property(some, some, fc.nat(5), (before, after, minimum) => {
        const all = firstAnswers([...before, ...after], {});
        const expected = all.flatMap((one, index) => (index % 2 ? [memberName(one)] : [one.service, memberName(one)]));
        const asked = { minimum: Math.min(minimum, all.length) };
        const seen = firstAnswers(before, {});
        expect(stillNeeded(expected, asked, all)).toBe(0);
        expect(stillNeeded(expected, asked, seen)).toBeLessThanOrEqual(all.length - seen.length);
      }),
    );
  });
});

describe('a thousand instances and more', () => {
  const many = Array.from({ length: 2_100 }, (_, index) => ({
    ...{ service: 's', instanceId: String(index), receivedAt: 1_000_000 + index },
  }));

  it('are shown as far as the list goes, the first ones first, and the rest are counted', () => {
    const { present, presentNotShown, absent } = attendanceOf(aRollCall(), ['s/2099', 's/3000'], many);
    expect([present.length, presentNotShown]).toEqual([2_000, 100]);
    expect(present[1_999]).toEqual({ service: 's', instanceId: '1999', answeredAfterMs: 1_999 });
    expect(absent).toEqual([{ service: 's', instanceId: '3000' }]);
  });

  it('are shown as far as there is room in an answer', () => {
    const wordy = many.map((one) => ({ ...one, metadata: { text: 'x'.repeat(4_000) } }));
    const { present, presentNotShown } = attendanceOf(aRollCall(), [], wordy);
    expect(JSON.stringify(present).length).toBeLessThan(5.3 * 1024 * 1024);
    expect(present.length + presentNotShown).toBe(2_100);
    expect(present.length).toBeGreaterThan(1_000);
  });
});
