import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { discoverJobs } from '../../infra/jobs.ts';
import { PROJECT_ROOT, temporaryDirectory, toyStack } from './support.ts';
import { jobSource, toyJob, toyProject } from './toy-project.ts';

/** A project with one job, whose definition has `members` besides. */
const projectWith = (members: string): string =>
  toyProject({
    ...toyJob('planned'),
    'jobs/planned/job.ts': jobSource('planned').replace('split:', `${members}, split:`),
  });

/** What the synthesis of that project warns of. */
async function warnings(members: string): Promise<string[]> {
  const jobs = await discoverJobs(projectWith(members));
  return Annotations.fromStack(toyStack({}, jobs))
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => String(entry.data));
}

const ACK = / \[ack: fanfold:plan:planned\.only:[a-z-]+\]$/;

describe('a job’s plan', () => {
  it.each([
    [
      'more tasks than the target allows, with what it does allow',
      'plan: { leafMs: 20, tasks: 100, availability: 0.99, target: 0.97 }',
      'job "planned", leaf "only": availability: 100 of 100 tasks of availability 0.99 are answered with probability 0.366, and the target is 0.97; it allows 3 tasks, or a quorum of 97',
    ],
    [
      'a deadline that the tail misses',
      'deadlineMs: 5_000, plan: { leafMs: { p50: 1_000, p99: 4_000 }, tasks: 100 }',
      /^job "planned", leaf "only": deadline: a request of 100 tasks takes [\d,]+ ms at the 99th percentile, and its deadline is 5,000 ms \(kept with probability 0\.[\d]+\)/,
    ],
    [
      'a message of tasks that the function has no time for',
      'tasksPerMessage: 20, plan: { leafMs: 1_000, tasks: 20 }, deadlineMs: 60_000',
      'job "planned", leaf "only": leaf-timeout: 20 tasks, one after another, take 20,000 ms at the 99th percentile, and the function ends after 10,000 ms',
    ],
    [
      'more messages at once than an account has executions',
      'deadlineMs: 60_000, plan: { leafMs: 100, tasks: 2_000 }',
      'job "planned", leaf "only": concurrency: 2,000 messages come at once, and an account has 1,000 executions (Lambda developer guide, "Lambda quotas", 2026-11)',
    ],
  ])('is warned of for %s', async (_, members, message) => {
    const [warning = '', ...others] = await warnings(members);
    expect(others).toEqual([]);
    expect(warning).toMatch(ACK);
    expect(warning.replace(ACK, '')).toMatch(message);
  });

  it.each([
    'plan: { leafMs: 20, tasks: 100 }',
    "completion: { kind: 'quorum', successes: 97 }, plan: { leafMs: 20, tasks: 100, availability: 0.99, target: 0.97 }",
    "completion: { kind: 'tolerate', share: 0.03 }, plan: { leafMs: 20, tasks: 100, availability: 0.99, target: 0.97 }",
    "tasksPerMessage: 'auto', deadlineMs: 60_000, plan: { leafMs: 100, tasks: 2_000 }",
    'maxTasks: 5',
  ])('says nothing of %s', async (members) => expect(await warnings(members)).toEqual([]));

  it.each([
    [
      'plan: { leafMs: 0 }',
      'plan.leafMs must be above 0 and at most 900000, or { p50, p99 } of which p50 is the smaller',
    ],
    ['plan: { leafMs: { p50: 9, p99: 5 } }', 'plan.leafMs must be'],
    ['plan: { leafMs: 5, tasks: 6 }, maxTasks: 5', 'plan.tasks must be a whole number from 1 to 5, not 6'],
    ['plan: { leafMs: 5, availability: 1.5 }', 'plan.availability must be above 0, at most 1, not 1.5'],
    ['plan: { leafMs: 5, target: 1 }', 'plan.target must be above 0, below 1, not 1'],
    ['plan: { leafMs: 5, deadline: 1 }', 'plan.deadline is no member'],
  ])('is refused when it is %s', async (members, message) => {
    const failure = await discoverJobs(projectWith(members)).catch((error: Error) => error);
    expect(failure).toMatchObject({ message: expect.stringContaining(message) });
  });

  it('is in what cdk reads of the assembly, once the app has run', () => {
    const project = projectWith('plan: { leafMs: 20, tasks: 100, availability: 0.99, target: 0.97 }');
    symlinkSync(join(PROJECT_ROOT, 'infra'), join(project, 'infra'));
    const outdir = temporaryDirectory();
    const env = { ...process.env, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false', CDK_CONTEXT_JSON: '{}' };
    const { status, stderr } = spawnSync(process.execPath, ['infra/app.ts'], { cwd: project, encoding: 'utf8', env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readFileSync(join(outdir, 'Fanfold.metadata.json'), 'utf8')).toContain(
      'fanfold:plan:planned.only:availability',
    );
  });
});
