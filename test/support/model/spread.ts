/** What must hold of a request whose tasks are spread over shards: what its head says of them is true, and few are under way. */
import assert from 'node:assert/strict';
import type { Answer } from '../../../shared/core/answer.ts';
import { membershipCounts } from '../../../shared/core/membership.ts';
import { attemptOf } from './leaves.ts';
import { REQUEST, type World } from './world.ts';

/** The task indexes of each shard. */
export function tasksOfShards({ fortunes, shardSize }: World['scenario']): number[][] {
  const shards = Array.from({ length: Math.ceil(fortunes.length / shardSize) }, (_, shard) => shard * shardSize);
  return shards.map((from) => [...fortunes.keys()].slice(from, from + shardSize));
}

/** Between any two steps. */
export function checkSpread(world: World): void {
  const { scenario, store } = world;
  const { head } = store.inspect(REQUEST);
  if (!head) return;
  const shards = tasksOfShards(scenario);
  const unpublished = (shard: number): number[] => (shards[shard] ?? []).filter((task) => !isPublished(world, task));
  if (head.scatteredAt !== undefined)
    for (const shard of shards.keys()) assert.deepEqual(unpublished(shard), [], 'scattered, and not published');
  if (shards.length === 1) return;
  for (const shard of head.scattered ?? [])
    assert.deepEqual(unpublished(shard), [], `shard ${shard} is told to be published`);
  checkCounts(world);
  checkWindow(world, shards);
}

const isPublished = ({ leaves }: World, taskIndex: number): boolean => leaves.published.has(attemptOf(taskIndex, 1));

/** The head counts what is folded, and nothing else. */
function checkCounts({ store }: World): void {
  const { head, folds } = store.inspect(REQUEST);
  const told = [...(head?.folded ?? [])].map((shard) => folds.get(shard));
  const counts = told.map((fold) => fold && membershipCounts(fold.range.size, fold.membership));
  assert.ok(!counts.includes(undefined), 'a shard is told to be folded, and is not');
  const failed = counts.reduce((sum, count) => sum + (count?.failed ?? 0), 0);
  const succeeded = counts.reduce((sum, count) => sum + (count?.succeeded ?? 0), 0);
  assert.deepEqual([head?.arrived, head?.failed], [succeeded + failed, failed], 'the head counts what is not so');
}

/** Of the shards that are published, no more than the window have less than half of their marks. */
function checkWindow(world: World, shards: readonly (readonly number[])[]): void {
  const { scenario, store } = world;
  const tallies = store.inspect(REQUEST).shards;
  const isUnderWay = (tasks: readonly number[], shard: number): boolean =>
    tasks.some((task) => isPublished(world, task)) && 2 * (tallies.get(shard)?.arrived ?? 0) < scenario.shardSize;
  const underWay = shards.filter(isUnderWay);
  assert.ok(underWay.length <= scenario.shardsInFlight, `${underWay.length} shards are under way`);
}

/** An answer counts what its head counts, of every shard, and nothing that was never asked of a leaf. */
export function checkFolded(world: World, { tasks }: Answer): void {
  const { head } = world.store.inspect(REQUEST);
  const shards = tasksOfShards(world.scenario);
  if (shards.length > 1) {
    assert.equal(head?.folded?.size, shards.length, 'closed before every shard was folded');
    assert.deepEqual([head?.arrived, head?.failed], [tasks.succeeded + tasks.failed, tasks.failed]);
  }
  for (const taskIndex of world.accepted) assert.ok(isPublished(world, taskIndex), `${taskIndex} was never asked`);
}

/** Nobody is at work, and the request is open: everything is published, but for what waits for a shard that is not half done. */
export function checkScattered(world: World): void {
  const { scenario, store } = world;
  const { head, shards: tallies } = store.inspect(REQUEST);
  const shards = tasksOfShards(scenario);
  if (shards.length === 1 || !head) return;
  const isWaitedFor = (shard: number): boolean =>
    2 * (tallies.get(shard - scenario.shardsInFlight)?.arrived ?? Number.POSITIVE_INFINITY) < scenario.shardSize;
  for (const shard of shards.keys())
    assert.ok(head.scattered?.has(shard) || isWaitedFor(shard), `shard ${shard} was never published`);
  if (head.scattered?.size === shards.length) assert.ok(head.scatteredAt !== undefined, 'never told to be scattered');
  if (world.going.overtaken || scenario.deaths > 0 || scenario.failures > 0 || !scenario.resumed) return;
  for (const [attempt, times] of world.leaves.published)
    if (attempt.startsWith('1 ')) assert.equal(times, 1, `${attempt} was published ${times} times, by nobody's fault`);
}
