/** The design's table "how a request ends", told a second time, so that the code's own telling can be held to it. */
import assert from 'node:assert/strict';
import type { Answer } from '../../../shared/core/answer.ts';
import type { CompletionPolicy, Counts } from '../../../shared/core/completion.ts';
import { enough, type Scenario, scenarioPolicy } from './scenario.ts';

/** Whether these true counts are reason enough to close, deadline and cancel apart. */
export function mayClose(policy: CompletionPolicy, { expected, succeeded, failed }: Counts): boolean {
  if (succeeded + failed === expected) return true;
  if (policy.kind === 'quorum') return succeeded >= policy.successes || expected - failed < policy.successes;
  if (policy.kind === 'tolerate') return failed > policy.failures;
  return policy.kind === 'when' && succeeded >= enough(expected);
}

/**
 * The answer's reason is true, and its status is the one that goes with it. A reason that the version before had stays,
 * though failures that were too many may have become successes since.
 */
export function checkEnding(scenario: Scenario, answer: Answer, before?: Answer): void {
  const { completionReason: reason, status, tasks, error } = answer;
  const policy = scenarioPolicy(scenario);
  const says = `${status}, ${reason}: ${JSON.stringify(tasks)} under ${JSON.stringify(policy)}`;
  const truths: Partial<Record<typeof reason, boolean>> = {
    'all-succeeded': tasks.succeeded === tasks.expected,
    'all-answered': tasks.missing === 0,
    'quorum-reached': policy.kind === 'quorum' && tasks.succeeded >= policy.successes,
    'predicate-met': policy.kind === 'when' && tasks.succeeded >= enough(tasks.expected),
    'too-many-failures': isTooMany(scenario, policy, tasks),
    'deadline-passed': policy.kind === 'when' || !mayClose(policy, tasks),
    cancelled: scenario.rival.includes('cancel'),
    'job-error': scenario.unsteady && error?.where === 'split',
  };
  assert.ok(truths[reason] || (before?.completionReason === reason && reason === 'too-many-failures'), says);
  assert.equal(status, expectedStatus(policy, reason, tasks), says);
}

function expectedStatus(policy: CompletionPolicy, reason: Answer['completionReason'], tasks: Counts): string {
  if (reason === 'cancelled') return 'cancelled';
  if (reason === 'too-many-failures' || reason === 'job-error') return 'failed';
  if (['all-succeeded', 'quorum-reached', 'predicate-met'].includes(reason)) return 'complete';
  if (tasks.succeeded === 0) return 'failed';
  return reason === 'all-answered' && policy.kind === 'tolerate' ? 'complete' : 'partial';
}

/** A fickle leaf may succeed between the look that counted its failure and the seal: then fewer are folded. */
function isTooMany({ fortunes }: Scenario, policy: CompletionPolicy, { expected, failed }: Counts): boolean {
  if (fortunes.includes('fickle')) return true;
  if (policy.kind === 'tolerate') return failed > policy.failures;
  return policy.kind === 'quorum' && expected - failed < policy.successes;
}

/** Nothing is lost: with nothing but results to close it, a request that waits for all has all. */
export function checkPromises({ fortunes, rival, job, unsteady }: Scenario, { tasks, completionReason }: Answer): void {
  if (rival !== 'nothing' || fortunes.includes('silent') || unsteady) return;
  assert.notEqual(completionReason, 'deadline-passed');
  if (job.completion.kind !== 'all') return;
  assert.equal(tasks.missing, 0);
  const sure = (fortune: string): boolean =>
    fortune === 'succeeds' || (fortune === 'succeeds-at-second' && job.attempts > 1);
  if (!fortunes.includes('fickle')) assert.equal(tasks.succeeded, fortunes.filter(sure).length, 'a success was lost');
}
