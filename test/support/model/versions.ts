/** What must hold of the versions of an answer: they follow one another, each has all of the one before, and then it is sealed. */
import assert from 'node:assert/strict';
import type { Answer } from '../../../shared/core/answer.ts';
import { amendableUntil } from '../../../shared/core/late.ts';
import { checkEnding } from './ending.ts';
import { checkSums, finalTasks, knownOf } from './oracle.ts';
import { LONG_GRACE_MS } from './scenario.ts';
import { REQUEST, type World } from './world.ts';

/** Watches the further versions from step to step: each appears whole, and stays as it is. */
export function watchVersions(world: World): () => void {
  const seen = new Map<number, Answer>();
  let inForce = 0;
  return () => {
    const { head, answers } = world.store.inspect(REQUEST);
    const version = head?.version ?? 0;
    assert.ok(version === inForce || version === inForce + 1, `from version ${inForce} to ${version}`);
    assert.ok(
      Math.max(0, ...answers.keys()) <= version + 1,
      'a version was made before the one before it was in force',
    );
    for (const [number, answer] of seen) assert.equal(answers.get(number), answer, `version ${number} changed`);
    for (const [number, answer] of answers) {
      if (number > 1 && !seen.has(number)) checkVersion(world, number, answer);
      seen.set(number, answer);
    }
    inForce = version;
  };
}

function checkVersion(world: World, version: number, answer: Answer): void {
  const { head, answers } = world.store.inspect(REQUEST);
  const before = answers.get(version - 1) ?? head?.answer;
  assert.ok(head && before, `version ${version} amends nothing`);
  assert.deepEqual([answer.version, answer.closedAt], [before.version + 1, before.closedAt]);
  const until = before.closedAt + (head.graceMs ?? 0);
  assert.ok((answer.amendedAt ?? until) < until, `version ${version} came when it was sealed`);
  assert.ok(before.status !== 'cancelled' && !before.error, `version ${version} amends what is final`);
  checkSums(world, answer);
  checkEnding(world.scenario, answer, before);
  const [was, is] = [knownOf(world, before), knownOf(world, answer)];
  for (const task of was.succeeded) assert.ok(is.succeeded.has(task), `${task} had succeeded`);
  for (const task of was.failed) assert.ok(is.failed.has(task) || is.succeeded.has(task), `${task} had failed`);
  const { succeeded, failed } = answer.tasks;
  const grew = succeeded > before.tasks.succeeded || failed > before.tasks.failed;
  assert.ok(grew, `version ${version} says nothing new`);
}

/** All messages were taken in, and time enough was left for it: what they say is in the version in force. */
export function checkAmended(world: World): void {
  const { head, answers } = world.store.inspect(REQUEST);
  const inForce = answers.get(head?.version ?? 0) ?? head?.answer;
  if (!head || !inForce || head.graceMs !== LONG_GRACE_MS || amendableUntil(head, inForce) === undefined) return;
  const said = finalTasks(world);
  const { succeeded, failed } = knownOf(world, inForce);
  for (const task of said.succeeded) assert.ok(succeeded.has(task), `task ${task} succeeded late, and is not in`);
  for (const task of said.failed)
    assert.ok(failed.has(task) || succeeded.has(task), `task ${task} failed late, and is not in`);
}
