import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plan } from '../../shared/core/plan/plan.ts';
import { asked, type Question } from '../../shared/core/plan/question.ts';
import { rootsFor } from '../../shared/core/plan/roots.ts';

const COST = { rootRequestMs: 4, rootMessageMs: 1, rootTaskMs: 0.1 };

const roots = (question: Question, { messages = 10, tasks = 100, waitMs = 1_000 } = {}) => {
  const found = rootsFor(asked({ ...COST, ...question }), { messages, tasks }, waitMs);
  if (!found) throw new Error('nobody asked');
  return found;
};

describe('roots for a load', () => {
  it('are asked for, or not planned', () => {
    expect(rootsFor(asked(COST), { messages: 1, tasks: 1 }, 1)).toBeUndefined();
    expect('roots' in plan({ tasks: 5, leafTime: 10 })).toBe(false);
  });

  it('are as many as keep each processor below its share, and what may be missing', () => {
    // 100 a second of 4 + 10 × 1 + 100 × 0.1 = 24 ms each are 2.4 processors; at 60 % that is 4.
    expect(roots({ requestsPerSecond: 100 })).toMatchObject({
      ...{ instances: 5, spare: 1, busy: 2.4, utilization: 0.48 },
      binds: { name: 'processor', says: '2.4 processors busy, of which a root has one and should use 60 %' },
    });
    expect(roots({ requestsPerSecond: 100, rootUtilization: 0.8, rootSpare: 0 })).toMatchObject({ instances: 3 });
  });

  it('are one at least, and the one to spare', () => {
    expect(roots({ requestsPerSecond: 0.001 })).toMatchObject({ instances: 2 });
  });

  it('are more where calls wait for long', () => {
    expect(roots({ requestsPerSecond: 100, rootCalls: 200 }, { waitMs: 20_000 })).toMatchObject({
      ...{ instances: 11, waiting: 2_000 },
      binds: { name: 'calls', says: '2,000 calls under way, of which a root has 200 at most' },
    });
  });

  it('carry the load without those that may be missing, and no fewer would', () => {
    const load = fc.record({
      requestsPerSecond: fc.double({ min: 0.01, max: 5_000, noNaN: true }),
      rootUtilization: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
      rootCalls: fc.integer({ min: 1, max: 5_000 }),
      rootSpare: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(load, fc.integer({ min: 0, max: 25_000 }), (question, waitMs) => {
        const { instances, busy, waiting } = roots(question, { waitMs });
        const carry = (count: number) =>
          busy <= count * question.rootUtilization + 1e-6 && waiting <= count * question.rootCalls + 1e-6;
        const left = instances - question.rootSpare;
        expect([carry(left), left === 1 || !carry(left - 1)]).toEqual([true, true]);
      }),
    );
  });

  it('are planned for the shape that the plan chose, and callers who wait as long as nearly all do', () => {
    const planned = plan({ tasks: 100, tasksPerMessage: 10, leafTime: 50, requestsPerSecond: 20, ...COST });
    expect(planned.roots).toEqual(
      rootsFor(planned.asked, { messages: planned.messages, tasks: planned.tasks }, planned.p99Ms),
    );
    expect(plan({ tasks: 2, leafTime: 60_000, requestsPerSecond: 1 }).roots?.waiting).toBe(25);
  });
});
