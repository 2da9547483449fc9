/** What must hold of a request, between any two steps and at the end. */
import assert from 'node:assert/strict';
import type { Answer, FoldedShard } from '../../../shared/core/answer.ts';
import { isFailure } from '../../../shared/core/envelope.ts';
import { needsEvaluation } from '../../../shared/core/evaluation.ts';
import { type Head, hasOneShard, type TaskRange } from '../../../shared/core/gathering.ts';
import type { Membership } from '../../../shared/core/membership.ts';
import { checkEnding, checkPromises, mayClose } from './ending.ts';
import { FORGED } from './moves.ts';
import { scenarioPolicy } from './scenario.ts';
import { checkFolded, checkScattered, checkSpread, tasksOfShards } from './spread.ts';
import { watchVersions } from './versions.ts';
import { REQUEST, type World } from './world.ts';

/** Task indexes, each in one of the two at most. */
interface Known {
  readonly succeeded: ReadonlySet<number>;
  readonly failed: ReadonlySet<number>;
}

const ORDER = ['open', 'closing', 'closed'] as const;

interface Seen {
  readonly state: (typeof ORDER)[number];
  readonly answer: Answer | undefined;
  readonly folds: readonly FoldedShard[];
}

/** Watches one world from step to step: what was decided once stays as it is. */
export function watch(world: World): () => void {
  const { store, surprises } = world;
  const versions = watchVersions(world);
  let seen: Seen = { state: 'open', answer: undefined, folds: [] };
  return () => {
    for (const surprise of surprises) throw surprise;
    const { head, answers, folds } = store.inspect(REQUEST);
    const answer = head?.answer ?? answers.get(1);
    const now: Seen = { state: head?.state ?? 'open', answer, folds: [...folds.values()] };
    assert.ok(ORDER.indexOf(now.state) >= ORDER.indexOf(seen.state), `from ${seen.state} to ${now.state}`);
    if (seen.answer) assert.equal(now.answer, seen.answer, 'the answer changed');
    for (const fold of seen.folds) assert.ok(now.folds.includes(fold), 'the fold of a shard changed');
    if (now.state === 'closed') assert.ok(now.answer, 'closed without an answer');
    versions();
    checkSpread(world);
    seen = now;
  };
}

/** All messages are taken in and nobody is at work: what can be closed is closed, without the deadline's help. */
export function checkNothingHangs(world: World): void {
  const { scenario, store, clock, going } = world;
  const { head } = store.inspect(REQUEST);
  going.outOfTime = head !== undefined && clock.now() >= head.deadlineAt;
  if (!head || head.state === 'closed' || going.outOfTime) return;
  if (head.scatteredAt === undefined && !scenario.resumed) return;
  // A repeated submission that cannot be split any more is refused: nobody publishes a small request, or closes it.
  if (scenario.unsteady && hasOneShard(head)) return;
  assert.ok(head.state === 'open' || isLeftByCaller(world, head), `left closing for ${head.reason}`);
  if (head.state === 'closing' || scenario.unsteady) return;
  checkScattered(world);
  const folded = hasOneShard(head) ? undefined : foldedTasks(world);
  const { succeeded, failed } = folded && !needsEvaluation(head) ? folded : finalTasks(world);
  const counts = { expected: head.expected, succeeded: succeeded.size, failed: failed.size };
  assert.ok(!mayClose(scenarioPolicy(scenario), counts), `open, though ${JSON.stringify(counts)}`);
}

/** A caller is not called again: what it began, or took on, waits for the deadline. */
const isLeftByCaller = ({ going }: World, { reason, carriedAt }: Head): boolean =>
  (reason === 'cancelled' && going.lost.has('cancel')) || (carriedAt !== undefined && going.lost.has('reader'));

/** What the reports that were taken in say. */
export function finalTasks({ queues, scenario: { job } }: World): Known {
  const results = queues.results.done.flatMap((report) => report.results);
  const succeeded = new Set(results.filter((result) => !isFailure(result)).map((result) => result.taskIndex));
  const failed = results
    .filter(isFailure)
    .filter(({ hedge }) => !hedge)
    .filter(({ error, attempt }) => !error.retryable || attempt >= job.attempts)
    .map((result) => result.taskIndex)
    .filter((taskIndex) => !succeeded.has(taskIndex));
  return { succeeded, failed: new Set(failed) };
}

/** What is folded; every shard whose tasks are all final must be, and its head must know. */
function foldedTasks(world: World): Known {
  const { head, folds } = world.store.inspect(REQUEST);
  const { succeeded, failed } = finalTasks(world);
  const isFinal = (taskIndex: number): boolean => succeeded.has(taskIndex) || failed.has(taskIndex);
  for (const [shard, tasks] of tasksOfShards(world.scenario).entries())
    if (tasks.every(isFinal)) assert.ok(head?.folded?.has(shard), `shard ${shard} is full, and not told to be folded`);
  return union([...folds.values()].map(({ range, membership }) => members(range, membership)));
}

const union = (parts: readonly Known[]): Known => ({
  succeeded: new Set(parts.flatMap((part) => [...part.succeeded])),
  failed: new Set(parts.flatMap((part) => [...part.failed])),
});

function members({ from, size }: TaskRange, bits: Membership): Known {
  const isIn = (bitmap: Uint8Array) => (offset: number) => (((bitmap[offset >> 3] ?? 0) >> (offset & 7)) & 1) === 1;
  const indexes = (bitmap: Uint8Array): number[] =>
    Array.from({ length: size }, (_, offset) => offset)
      .filter(isIn(bitmap))
      .map((offset) => from + offset);
  const [succeeded, failed] = [new Set(indexes(bits.succeeded)), new Set(indexes(bits.failed))];
  assert.ok(![...succeeded].some((taskIndex) => failed.has(taskIndex)), 'a task has succeeded and failed');
  return { succeeded, failed };
}

/** The answer of a closed request: it adds up, it is what was folded, and it is called what the design calls it. */
export function checkAnswer(world: World): void {
  const { scenario, store, observed, accepted } = world;
  const { head, answers } = store.inspect(REQUEST);
  if (!head) return;
  const answer = head.answer ?? answers.get(1);
  assert.equal(head.state, 'closed', 'the request never closed');
  assert.ok(answer);
  for (const given of observed)
    assert.deepEqual(
      given,
      given.version > 1 ? answers.get(given.version) : answer,
      'a reader was given another answer',
    );
  checkSums(world, answer);
  const { succeeded, failed } = knownOf(world, answer);
  for (const taskIndex of accepted)
    assert.ok(succeeded.has(taskIndex) || failed.has(taskIndex), `task ${taskIndex} was marked, and is not in`);
  if (head.topicNotice) assert.ok(world.notices.length > 0, 'nobody was told that the request closed');
  else assert.equal(world.notices.length, 0, 'somebody was told who did not want to be');
  checkFolded(world, answer);
  checkEnding(scenario, answer);
  if (!world.going.outOfTime) checkPromises(scenario, answer);
}

/** The tasks that an answer was folded from. */
export function knownOf({ store, scenario: { fortunes } }: World, { membership }: Answer): Known {
  const { folds } = store.inspect(REQUEST);
  return membership
    ? members({ from: 0, size: fortunes.length }, membership)
    : union([...folds.values()].map((fold) => members(fold.range, fold.membership)));
}

/** An answer adds up, and is what was folded. */
export function checkSums(world: World, answer: Answer): void {
  const expected = world.scenario.fortunes.length;
  const { succeeded, failed } = knownOf(world, answer);
  const inOrder = (indexes: ReadonlySet<number>): number[] => [...indexes].sort((a, b) => a - b);
  const missing = expected - succeeded.size - failed.size;
  const counts = { expected, succeeded: succeeded.size, failed: failed.size, missing };
  assert.deepEqual(answer.tasks, counts, 'the counts are not those of the membership');
  const aggregate = answer.error ? [] : inOrder(succeeded);
  assert.deepEqual(answer.aggregate ?? [], aggregate, 'the aggregate is not each succeeded task, once');
  const named = answer.failed.map((task) => task.taskIndex);
  assert.deepEqual(named, inOrder(failed), 'the failures named are not those that failed');
  assert.ok(!answer.failed.some((task) => task.cause === FORGED), 'a forged failure was believed');
  assert.equal(answer.missing.length, missing);
}
