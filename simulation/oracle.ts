/** What must hold of a request when everything that was to come has come, and what must have held on the way. */
import assert from 'node:assert/strict';
import type { Answer } from '../shared/core/answer.ts';
import { type Head, shardCount, type TaskRange } from '../shared/core/gathering.ts';
import { hedgesLeft } from '../shared/core/hedge.ts';
import { WARDEN_MS } from '../shared/core/limits.ts';
import type { Membership } from '../shared/core/membership.ts';
import { GUARDED_MS } from '../shared/core/timer.ts';
import type { Strike } from './invocation.ts';
import type { Watched, World } from './world.ts';

/** No request stops accepting, and none closes, later than so long after its deadline, in ms. */
export const GRACE_MS = 2_000;

/**
 * By how much a close may be later for each thing beyond one that went wrong since its deadline was guarded, in ms: the warden
 * looks again after a second, by messages that sleep whole seconds. One of its own that is lost is hidden for longer.
 */
const STRIKE_MS = 1_500;
const lateFor = ({ name }: Strike): number => (name === 'warden' ? Math.max(STRIKE_MS, WARDEN_MS) : STRIKE_MS);

/** How long a shard may take to be folded, six calls and some throttles, while others wait for it. */
const FOLD_MS = 100;

/** Checks all of it, of the only request of a world. @throws AssertionError naming what does not hold. */
export function check(world: World): void {
  for (const surprise of world.surprises) throw surprise;
  for (const request of world.watched.values()) checkRequest(world, request);
}

function checkRequest(world: World, request: Watched): void {
  const { head, answers } = world.store.inspect(request.requestId);
  assert.ok(head, 'the request was never registered');
  assert.equal(head.state, 'closed', 'the request never closed');
  assert.ok(answers.size <= 1, 'there is more than one answer');
  const answer = head.answer ?? answers.get(1);
  assert.ok(answer, 'closed without an answer');
  for (const one of request.given) assert.deepEqual(one, answer, 'the answer changed');
  checkCounts(world, request, answer);
  checkTimes(world, request, head);
  checkReason(world, request, head, answer);
  checkAttempts(world, request, head);
  const asked = world.scenario.job.notices === 'topic';
  assert.equal(request.told > 0, asked, asked ? 'nobody was told' : 'somebody was told who did not ask');
}

/** Neither retries nor copies go beyond what the job allows, whoever repeats, and nothing is copied that is not hedged. */
function checkAttempts({ scenario: { job } }: World, { copies, lastAttempt }: Watched, head: Head): void {
  assert.ok(lastAttempt <= job.attempts, `attempt ${lastAttempt} of ${job.attempts}`);
  const left = job.hedge ? hedgesLeft(head.expected, head.copies ?? 0, job.hedge) : -(head.copies ?? 0);
  assert.ok(left >= 0, `${head.copies} copies are more than the budget has`);
  assert.ok(copies === 0 || head.copies !== undefined, 'a copy was sent before it was counted');
}

function checkCounts({ store, scenario }: World, { requestId, accepted }: Watched, answer: Answer): void {
  const { folds } = store.inspect(requestId);
  const whole = { from: 0, size: scenario.expected };
  const parts = answer.membership
    ? [members(whole, answer.membership)]
    : [...folds.values()].map((fold) => members(fold.range, fold.membership));
  const succeeded = parts.flatMap((part) => part.succeeded).sort((a, b) => a - b);
  const failed = parts.flatMap((part) => part.failed).sort((a, b) => a - b);
  const missing = scenario.expected - succeeded.length - failed.length;
  const counts = { expected: scenario.expected, succeeded: succeeded.length, failed: failed.length, missing };
  assert.deepEqual(answer.tasks, counts, 'the counts do not add up to what was folded');
  const known = new Set([...succeeded, ...failed]);
  assert.equal(known.size, succeeded.length + failed.length, 'a task is counted twice');
  assert.deepEqual(answer.aggregate ?? [], succeeded, 'the aggregate is not each succeeded task, once');
  assert.deepEqual(
    answer.failed.map((task) => task.taskIndex),
    failed,
    'the failures named are not those that failed',
  );
  assert.equal(answer.missing.length, missing, 'what is missing is not named');
  for (const taskIndex of accepted) assert.ok(known.has(taskIndex), `task ${taskIndex} was marked, and is not in`);
}

function members({ from, size }: TaskRange, { succeeded, failed }: Membership) {
  const indexes = (bitmap: Uint8Array): number[] =>
    Array.from({ length: size }, (_, offset) => offset)
      .filter((offset) => (((bitmap[offset >> 3] ?? 0) >> (offset & 7)) & 1) === 1)
      .map((offset) => from + offset);
  return { succeeded: indexes(succeeded), failed: indexes(failed) };
}

/** By the deadline of the head, as far as clocks agree; a large request's answer is there as soon as its shards are folded. */
function checkTimes(world: World, { lastMark, closingAt, closedAt }: Watched, head: Head): void {
  const { faults, scenario } = world;
  const { deadlineAt } = head;
  const allowed = GRACE_MS + 2 * faults.skewMs;
  if (lastMark)
    assert.ok(lastMark.since <= deadlineAt + allowed, `accepted ${lastMark.since - deadlineAt} ms after the deadline`);
  const turns = Math.ceil(shardCount(head) / scenario.atOnce) - 1;
  for (const [what, at = Number.POSITIVE_INFINITY, foldingMs] of [
    ['stopped accepting', closingAt, 0],
    ['closed', closedAt, turns * FOLD_MS],
  ] as const) {
    const struck = strikesIn(world, deadlineAt - GUARDED_MS, at);
    const after = `${what} ${at - deadlineAt} ms after the deadline, though ${struck.length} things went wrong`;
    assert.ok(at <= deadlineAt + allowed + latenessOf(struck) + foldingMs, after);
  }
}

const strikesIn = ({ strikes }: World, from: number, to: number): readonly Strike[] =>
  strikes.filter(({ at }) => at >= from && at <= to);

/** One of them is part of what every request is allowed. */
const latenessOf = (struck: readonly Strike[]): number => {
  const late = struck.map(lateFor);
  return late.length === 0 ? 0 : late.reduce((sum, ms) => sum + ms) - Math.min(...late);
};

/** With all the time in the world nothing but its results, or a cancel, closes a request: unless a leaf vanished, none is missing. */
function checkReason({ scenario }: World, { lost, closedAt }: Watched, { deadlineAt }: Head, answer: Answer): void {
  const { completionReason, tasks, status } = answer;
  if (completionReason === 'cancelled') assert.ok(scenario.cancelAfterMs !== undefined, 'cancelled by nobody');
  if (tasks.succeeded === 0) assert.ok(['failed', 'cancelled'].includes(status), `${status} without one success`);
  if (completionReason === 'all-succeeded') assert.equal(tasks.succeeded, tasks.expected);
  if (scenario.deadlineMs < 3_600_000 || lost > 0) return;
  assert.notEqual(completionReason, 'deadline-passed', 'it hung until its deadline');
  if (completionReason === 'cancelled') return;
  assert.ok((closedAt ?? 0) < deadlineAt, 'a close was left until the deadline');
}
