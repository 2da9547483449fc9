import { describe, expect, it } from 'vitest';
import { queue } from '../../shared/core/job.ts';
import { FUNCTION_RAMP, MAPPING_RAMP, PARTITION_WRITES } from '../../shared/core/limits.ts';
import { lognormal, quantiles, stragglers } from '../../shared/core/plan/leaf-time.ts';
import { plan } from '../../shared/core/plan/plan.ts';

const FREE = { overheadMs: 0, requestMs: 0 } as const;
const UNEVEN = lognormal(200, 900);

describe('a plan, against what a hand works out', () => {
  it('of 64 s of work over 16 leaves without overhead is 4 s', () => {
    const { p50Ms, p99Ms } = plan({ ...FREE, workMs: 64_000, tasks: 16 });
    expect([p50Ms, p99Ms].map(Math.round)).toEqual([4_000, 4_000]);
  });

  it('has the root of work by overhead as its optimum, and is slower past it', () => {
    const { tasks, p99Ms, curve, binds } = plan({ workMs: 64_000, overheadMs: 10, requestMs: 100 });
    expect(tasks).toBe(80);
    expect(p99Ms).toBeCloseTo(1_700, 3);
    const beyond = curve.filter((point) => point.tasks >= 80).map((point) => point.p99Ms);
    expect(beyond.length).toBeGreaterThan(5);
    expect(beyond).toEqual(beyond.toSorted((a, b) => a - b));
    expect(binds.name).toBe('overhead');
  });

  it('has at most 3 tasks where leaves of availability 0.99 must all answer with probability 0.97', () => {
    const { tasks, availability, binds } = plan({ workMs: 64_000, availability: 0.99, target: 0.97 });
    expect(tasks).toBe(3);
    expect(availability).toBeCloseTo(0.9703, 4);
    expect(binds.name).toBe('availability');
  });

  it('says what a quorum would lift that to, and waits for one when asked to', () => {
    const question = { workMs: 64_000, availability: 0.99, target: 0.97 };
    const { quorum } = plan(question);
    expect(quorum?.tasks).toBeGreaterThan(100);
    expect(quorum?.availability).toBeGreaterThan(0.97);
    expect(plan({ ...question, completion: 'quorum' })).toMatchObject({ ...quorum, completion: 'quorum', broken: [] });
    expect(plan({ ...question, availability: 1 }).quorum).toBeUndefined();
  });

  it('says that no number of tasks keeps a target above the availability of one', () =>
    expect(plan({ availability: 0.9, target: 0.95 })).toMatchObject({ tasks: 1, broken: ['availability'] }));
});

describe('a plan of tasks as they are', () => {
  it('has as many as the deadline and its probability allow', () => {
    const { tasks, freedom, inTime, binds } = plan({ leafTime: UNEVEN, deadlineMs: 1_500 });
    expect(freedom).toBe('most');
    expect(inTime).toBeGreaterThanOrEqual(0.99);
    expect(plan({ leafTime: UNEVEN, deadlineMs: 1_500, tasks: tasks + 1 }).inTime).toBeLessThan(0.99);
    expect(binds.name).toBe('deadline');
  });

  it('lets them ride together where messages cost more time than tasks', () => {
    expect(plan({ tasks: 2_000, leafTime: 2 }).tasksPerMessage).toBeGreaterThan(10);
    expect(plan({ tasks: 50, leafTime: 2_000 }).tasksPerMessage).toBe(1);
  });

  it('does not let ride together what would not fit into a message', () => {
    const large = plan({ tasks: 2_000, leafTime: 2, payloadBytes: 100_000 });
    expect(large.tasksPerMessage).toBe(2);
    expect(large.binds.name).toBe('message-bytes');
  });
});

describe('what a plan says of time', () => {
  it('is missed where the deadline is', () => {
    expect(plan({ tasks: 10, leafTime: 5_000, deadlineMs: 4_000 })).toMatchObject({ inTime: 0, broken: ['deadline'] });
    expect(plan({ tasks: 10, leafTime: 3_000, deadlineMs: 4_000 })).toMatchObject({ inTime: 1, broken: [] });
  });

  it('is the fewest tasks that meet the deadline, besides the fastest', () => {
    const { tasks, fewest } = plan({ ...FREE, workMs: 64_000, deadlineMs: 4_000 });
    expect(fewest?.tasks).toBe(16);
    expect(tasks).toBeGreaterThan(16);
  });

  it('is to hedge where a second copy takes the tail off, and when', () => {
    const { hedge, p99Ms } = plan({ tasks: 100, leafTime: stragglers(1_000, 0.01, 20_000), tasksPerMessage: 1 });
    expect(hedge?.p99Ms).toBeLessThan((p99Ms ?? 0) / 5);
    expect(hedge?.extra).toBeLessThanOrEqual(0.05);
    expect(plan({ tasks: 100, leafTime: 1_000 }).hedge).toBeUndefined();
  });

  it('takes any distribution that tells its quantiles', () => {
    const known = quantiles([
      { share: 0.5, ms: 1_000 },
      { share: 0.9, ms: 2_000 },
      { share: 1, ms: 3_000 },
    ]);
    expect(known.quantile(0.7)).toBeCloseTo(1_500);
    expect(known.cdf(1_500)).toBeCloseTo(0.7);
    const { p99Ms } = plan({ ...FREE, tasks: 100, tasksPerMessage: 1, leafTime: known });
    expect(p99Ms).toBeCloseTo(2_999, 0);
  });
});

describe('what binds', () => {
  it.each([
    ['overhead', { workMs: 64_000 }],
    ['concurrency', { workMs: 1e6, overheadMs: 0 }],
    ['lambda-ramp', { tasks: 2_400, leafTime: 8_000, concurrency: 5_000, tasksPerMessage: 1, overheadMs: 0 }],
    ['mapping-ramp', { tasks: 500, leafTime: 5_000, delivery: queue({ batchSize: 1 }), tasksPerMessage: 1 }],
    [
      'max-concurrency',
      { tasks: 50, leafTime: 5_000, delivery: { kind: 'direct', maxConcurrency: 5 }, tasksPerMessage: 1 },
    ],
    ['bulk-concurrency', { tasks: 500_000, leafTime: 1_000, tasksPerMessage: 1, overheadMs: 0 }],
    ['write-units', { tasks: 900, leafTime: 10, resultBytes: 50_000, overheadMs: 0, tasksPerMessage: 1 }],
    ['dollars', { workMs: 64_000, dollars: 0.00025 }],
    ['tasks-per-request', { leafTime: 1 }],
    ['leaf-time', { tasks: 5, leafTime: 5_000 }],
  ] as const)('%s', (name, question) => {
    const { binds } = plan(question);
    expect(binds.name).toBe(name);
    expect(binds.source).not.toBe('');
  });

  it('is what a request may cost, even where nothing is cheap enough', () =>
    expect(plan({ workMs: 64_000, dollars: 0.00001 })).toMatchObject({ tasks: 1, broken: ['dollars'] }));

  it('names the limit, its number, and the page it is from', () => {
    for (const limit of [FUNCTION_RAMP, MAPPING_RAMP, PARTITION_WRITES])
      expect(limit.source).toMatch(/guide, ".*", \d{4}-\d\d/);
    const { binds } = plan({ tasks: 500, leafTime: 5_000, delivery: queue({ batchSize: 1 }), tasksPerMessage: 1 });
    expect(binds.says).toBe('a queue’s mapping starts with 5 batches and adds 300 a minute'.replace('’', "'"));
    expect(binds.source).toBe(MAPPING_RAMP.source);
    expect(binds.without?.p99Ms).toBeLessThan(10_000);
  });
});

describe('the price', () => {
  /** What `npm run bench:billing -- --tasks 1000 --bytes 200` metered, 2026-11-25: a task, and a request besides. */
  it.each([
    ['direct', 1, 0.94967e-6, 7.12e-6],
    ['direct', 10, 0.18934e-6, 7.89e-6],
  ] as const)(
    'of %s delivery, %i a message, is to 15 in a hundred what the meter counted',
    (_, riders, task, request) => {
      const { dollars, computeDollars } = plan({ tasks: 1_000, leafTime: 1, tasksPerMessage: riders });
      const call = 1e-6;
      expect(Math.abs((dollars - computeDollars - call) / (1_000 * task + request) - 1)).toBeLessThan(0.15);
    },
  );

  it('grows with the tasks and with the compute', () => {
    const of = (question: object) => plan({ workMs: 64_000, tasks: 10, ...question }).dollars;
    expect(of({ tasks: 100 })).toBeGreaterThan(of({}));
    expect(of({ memoryMb: 512 }) - of({})).toBeCloseTo((64 / 4) * 0.0000133334, 9);
  });
});
