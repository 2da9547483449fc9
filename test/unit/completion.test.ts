/** The design's table "How a request ends": every policy in every situation a request of three tasks can be in. */
import { describe, expect, test } from 'vitest';
import {
  all,
  type CompletionPolicy,
  type CompletionReason,
  closesUnscattered,
  completionReason,
  impossible,
  policyOf,
  policyText,
  quorum,
  resolved,
  settledReason,
  statusOf,
  tolerate,
  when,
} from '../../shared/core/completion.ts';

const counts = (succeeded: number, failed: number) => ({ expected: 3, succeeded, failed });

/** Succeeded, failed, then why the request may close and what it is called; nothing while it may not. */
const TABLE: readonly (readonly [name: string, CompletionPolicy, predicateMet: boolean, rows: string])[] = [
  [
    'all',
    all(),
    false,
    `0 0
     1 0
     0 1
     2 0
     1 1
     0 2
     3 0 all-succeeded complete
     2 1 all-answered partial
     1 2 all-answered partial
     0 3 all-answered failed`,
  ],
  [
    'quorum(2)',
    quorum(2),
    false,
    `0 0
     1 0
     0 1
     2 0 quorum-reached complete
     1 1
     0 2 too-many-failures failed
     3 0 all-succeeded complete
     2 1 quorum-reached complete
     1 2 too-many-failures failed
     0 3 too-many-failures failed`,
  ],
  [
    'tolerate(1)',
    tolerate(1),
    false,
    `0 0
     1 0
     0 1
     2 0
     1 1
     0 2 too-many-failures failed
     3 0 all-succeeded complete
     2 1 all-answered complete
     1 2 too-many-failures failed
     0 3 too-many-failures failed`,
  ],
  [
    'tolerate(0)',
    tolerate(0),
    false,
    `0 0
     1 0
     0 1 too-many-failures failed
     2 0
     1 1 too-many-failures failed
     3 0 all-succeeded complete
     2 1 too-many-failures failed`,
  ],
  [
    'tolerate(3)',
    tolerate(3),
    false,
    `0 2
     2 1 all-answered complete
     1 2 all-answered complete
     0 3 all-answered failed`,
  ],
  [
    'when(p), p does not hold',
    { kind: 'when' },
    false,
    `0 0
     2 0
     1 1
     3 0 all-succeeded complete
     2 1 all-answered partial
     0 3 all-answered failed`,
  ],
  [
    'when(p), p holds',
    { kind: 'when' },
    true,
    `1 0 predicate-met complete
     1 1 predicate-met complete
     2 1 predicate-met complete
     3 0 all-succeeded complete`,
  ],
];

const rowsOf = (rows: string) =>
  rows.split('\n').map((row) => {
    const [succeeded, failed, reason, status] = row.trim().split(' ');
    return { counts: counts(Number(succeeded), Number(failed)), reason, status };
  });

describe.for(TABLE)('%s', ([, policy, predicateMet, rows]) => {
  test.for(rowsOf(rows))('$counts.succeeded succeeded, $counts.failed failed: $reason, $status', (row) => {
    const reason = completionReason(policy, row.counts, predicateMet);
    expect(reason).toBe(row.reason);
    if (reason) expect(statusOf(reason, policy, row.counts)).toBe(row.status);
  });
});

const POLICIES = [all(), quorum(2), tolerate(1), { kind: 'when' } as const];

describe.for(POLICIES)('whatever the policy: $kind', (policy) => {
  test('the deadline leaves what succeeded as a partial answer', () => {
    expect(statusOf('deadline-passed', policy, counts(1, 1))).toBe('partial');
  });

  test('the deadline without one success is a failure', () => {
    expect(statusOf('deadline-passed', policy, counts(0, 1))).toBe('failed');
  });

  test('a cancelled request is cancelled, whatever is in', () => {
    for (const some of [counts(0, 0), counts(2, 1), counts(3, 0)]) {
      expect(settledReason('cancelled', policy, some)).toBe('cancelled');
      expect(statusOf('cancelled', policy, some)).toBe('cancelled');
    }
  });

  test("an error of the job's own code is a failure, whatever is in", () => {
    expect(statusOf('job-error', policy, counts(3, 0))).toBe('failed');
  });

  test('it ends once every task is final', () => {
    for (const failed of [0, 1, 2, 3]) expect(completionReason(policy, counts(3 - failed, failed))).toBeDefined();
  });
});

describe('what was folded may say more than what made the closer act', () => {
  const settled: readonly (readonly [CompletionReason, CompletionPolicy, number, number, CompletionReason])[] = [
    ['deadline-passed', all(), 3, 0, 'all-succeeded'],
    ['deadline-passed', all(), 2, 1, 'all-answered'],
    ['deadline-passed', all(), 2, 0, 'deadline-passed'],
    ['deadline-passed', quorum(2), 2, 0, 'quorum-reached'],
    ['deadline-passed', quorum(2), 1, 0, 'deadline-passed'],
    ['deadline-passed', tolerate(1), 2, 1, 'all-answered'],
    ['quorum-reached', quorum(1), 3, 0, 'all-succeeded'],
    ['predicate-met', { kind: 'when' }, 2, 1, 'predicate-met'],
    ['predicate-met', { kind: 'when' }, 3, 0, 'all-succeeded'],
    ['too-many-failures', tolerate(0), 1, 1, 'too-many-failures'],
    ['too-many-failures', tolerate(0), 3, 0, 'all-succeeded'],
  ];

  test.for(settled)('%s under %o with %i in and %i failed is %s', ([began, policy, succeeded, failed, reason]) => {
    expect(settledReason(began, policy, counts(succeeded, failed))).toBe(reason);
  });
});

describe('while its tasks are still being published', () => {
  const results: CompletionReason[] = [
    ...(['all-succeeded', 'all-answered', 'quorum-reached', 'predicate-met', 'too-many-failures'] as const),
  ];
  const others: CompletionReason[] = ['deadline-passed', 'cancelled', 'job-error'];

  test.for(results)('a request of one shard does not close for %s; a larger one does', (reason) => {
    expect(closesUnscattered(reason, 'one')).toBe(false);
    expect(closesUnscattered(reason, 'many')).toBe(true);
  });

  test.for(others)('any request closes for %s', (reason) => {
    expect(closesUnscattered(reason, 'one')).toBe(true);
    expect(closesUnscattered(reason, 'many')).toBe(true);
  });
});

test('a quorum of more tasks than there are is impossible, and says so', () => {
  expect(impossible(quorum(4), 3)).toMatch(/4 successes.* 3 tasks/);
  expect(impossible(quorum(3), 3)).toBeUndefined();
  for (const policy of [all(), tolerate(9), { kind: 'when' } as const]) expect(impossible(policy, 1)).toBeUndefined();
});

test('a policy is stored without its predicate', () => {
  expect(policyOf(when(() => true))).toEqual({ kind: 'when' });
  expect(policyOf(quorum(2))).toEqual({ kind: 'quorum', successes: 2 });
});

describe('a share of the tasks', () => {
  test.for([
    [0.8, 5, 4],
    [0.8, 6, 5],
    [0.07, 100, 7],
    [0.000_01, 1, 1],
    [0.000_01, 1_000_000, 10],
    [1, 1_000_000, 1_000_000],
    [0.999, 1_000_000, 999_000],
  ] as const)('%f of %i as a quorum is %i, rounded up', ([share, expected, successes]) => {
    expect(resolved(quorum({ share }), expected)).toEqual(quorum(successes));
  });

  test.for([
    [0, 10, 0],
    [0.1, 9, 0],
    [0.29, 100, 29],
    [0.1, 19, 1],
    [1, 7, 7],
  ] as const)('%f of %i as a tolerance is %i, rounded down', ([share, expected, failures]) => {
    expect(resolved(tolerate({ share }), expected)).toEqual(tolerate(failures));
  });

  test('a count is no share of anything', () => {
    for (const policy of POLICIES) expect(resolved(policy, 3)).toEqual(policy);
  });
});

test.for([
  [all(), 'all'],
  [quorum(3), 'quorum:3'],
  [tolerate(0), 'tolerate:0'],
  [quorum({ share: 0.8 }), 'quorum:80%'],
  [tolerate({ share: 0.025 }), 'tolerate:2.5%'],
  [{ kind: 'when' }, 'when'],
] as const)('%j is told as %s', ([policy, text]) => {
  expect(policyText(policy)).toBe(text);
});
