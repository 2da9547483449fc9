import { describe, expect, test } from 'vitest';
import { all, quorum, tolerate } from '../../shared/core/completion.ts';
import { InvalidJobError } from '../../shared/core/errors.ts';
import { direct, external, ownLeaves, queue } from '../../shared/core/job.ts';
import { amend, drop } from '../../shared/core/late.ts';
import { aJob, type JobChanges } from '../support/jobs.ts';

test('a job has its defaults', () => {
  expect(aJob({})).toMatchObject({
    ...{
      version: 1,
      description: '',
      completion: all(),
      deadlineMs: 20_000,
      attempts: 2,
      tasksPerMessage: 1,
      maxTasks: 1_000_000,
      values: 'inline',
      notices: 'none',
      late: drop(),
      settings: {},
    },
    leaves: { leaf: { memoryMb: 256, timeoutMs: 10_000, delivery: direct(), checksRequest: false } },
  });
});

test('a job whose requests have one shard may amend answers', () => {
  const late = amend({ graceMs: 3_600_000 });
  expect(aJob({ late, maxTasks: 2_500 })).toMatchObject({ late: { kind: 'amend', graceMs: 3_600_000 } });
});

test('a job may leave how many tasks ride together to the size of its requests', () => {
  expect(aJob({ tasksPerMessage: 'auto' })).toMatchObject({ tasksPerMessage: 'auto' });
});

test('what a job says of itself stands', () => {
  const job = aJob({
    deadlineMs: 5_000,
    leaves: { slow: { timeoutMs: 60_000, delivery: queue({ maxConcurrency: 5 }) } },
  });
  expect(job).toMatchObject({
    deadlineMs: 5_000,
    leaves: {
      slow: { memoryMb: 256, timeoutMs: 60_000, delivery: { kind: 'queue', batchSize: 10, maxConcurrency: 5 } },
    },
  });
});

test('a job may leave the packing of its messages to us, and bound itself and its leaves', () => {
  const leaves = { narrow: { delivery: direct({ maxConcurrency: 1 }) } };
  expect(aJob({ tasksPerMessage: 'auto', maxTasks: 5, completion: quorum(5), leaves })).toMatchObject({
    ...{ tasksPerMessage: 'auto', maxTasks: 5 },
    leaves: { narrow: { delivery: { kind: 'direct', maxConcurrency: 1 } } },
  });
});

test('a leaf may be a service of somebody else’s, which has none of the options of a function', () => {
  const job = aJob({ leaves: { theirs: external({ service: 'pricing' }), ours: {} } });
  expect(job.leaves.theirs).toEqual({ kind: 'external', service: 'pricing' });
  expect(ownLeaves(job).map(([name]) => name)).toEqual(['ours']);
});

describe('what breaks a rule is refused, by field and limit', () => {
  const leaf = (options: object) => ({ leaves: { leaf: options } });
  const REFUSALS: readonly (readonly [field: string, rule: RegExp, changes: JobChanges | object])[] = [
    ['name', /kebab-case/, { name: 'Not Kebab' }],
    ['name', /40 characters/, { name: 'a'.repeat(41) }],
    ['settings.Tone', /kebab-case/, { settings: { Tone: { default: '', pattern: /.*/, says: 'a tone' } } }],
    ['settings.tone', /a default, a pattern and says/, { settings: { tone: { default: 'low' } } }],
    [
      'settings.tone.default',
      /must be low, not "lower"/,
      { settings: { tone: { default: 'lower', pattern: /low/, says: 'low' } } },
    ],
    ['late', /drop\(\) or amend\(\)/, { late: { kind: 'keep' } }],
    ['late.graceMs', /is no option/, { late: { ...drop(), graceMs: 1_000 } }],
    ['late.until', /is no option/, { late: { ...amend({ graceMs: 1_000 }), until: 1 }, maxTasks: 5 }],
    ['late.graceMs', /from 1000 to 3600000, not 999/, { late: amend({ graceMs: 999 }), maxTasks: 5 }],
    ['late.graceMs', /not 3600001/, { late: amend({ graceMs: 3_600_001 }), maxTasks: 5 }],
    ['late', /maxTasks of 2500 at most, not 1000000/, { late: amend({ graceMs: 1_000 }) }],
    ['late', /not 2501/, { late: amend({ graceMs: 1_000 }), maxTasks: 2_501 }],
    ['version', /from 1 to 1000000, not 0/, { version: 0 }],
    ['deadlineMs', /from 1000 to 604800000, not 999/, { deadlineMs: 999 }],
    ['deadlineMs', /not 604800001/, { deadlineMs: 604_800_001 }],
    ['deadlineMs', /whole number .* not 1500.5/, { deadlineMs: 1_500.5 }],
    ['completion', /share above 0, at most 1, not 0/, { completion: quorum({ share: 0 }) }],
    ['completion', /not 1.1/, { completion: quorum({ share: 1.1 }) }],
    ['completion', /share from 0, at most 1, not -0.1/, { completion: tolerate({ share: -0.1 }) }],
    ['completion', /not NaN/, { completion: tolerate({ share: Number.NaN }) }],
    ['attempts', /from 1 to 10, not 11/, { attempts: 11 }],
    ['tasksPerMessage', /from 1 to 100, not 0/, { tasksPerMessage: 0 }],
    ['tasksPerMessage', /from 1 to 100, not all/, { tasksPerMessage: 'all' }],
    ['completion', /from 1 to 1000000, not 0/, { completion: quorum(0) }],
    ['completion', /not 1.5/, { completion: quorum(1.5) }],
    ['completion', /from 0 to 1000000, not -1/, { completion: tolerate(-1) }],
    ['completion', /from 1 to 5, not 6/, { completion: quorum(6), maxTasks: 5 }],
    ['maxTasks', /from 1 to 1000000, not 0/, { maxTasks: 0 }],
    ['maxTasks', /not 1000001/, { maxTasks: 1_000_001 }],
    ['values', /must be inline or claims/, { values: 'links' }],
    ['notices', /must be none or topic/, { notices: 'mail' }],
    ['deadline', /is no member/, { deadline: 5_000 }],
    ['leaves', /at least one leaf/, { leaves: {} }],
    ['leaves.Leaf', /kebab-case/, { leaves: { Leaf: {} } }],
    ['leaves.leaf.memory', /is no option/, leaf({ memory: 512 })],
    ['leaves.leaf.memoryMb', /from 128 to 10240, not 64/, leaf({ memoryMb: 64 })],
    ['leaves.leaf.timeoutMs', /from 1000 to 900000, not 900001/, leaf({ timeoutMs: 900_001 })],
    ['leaves.leaf.checksRequest', /must be true or false/, leaf({ checksRequest: 'often' })],
    ['leaves.leaf.timeoutMs', /whole seconds/, leaf({ timeoutMs: 1_500 })],
    ['leaves.leaf.delivery.batchSize', /from 1 to 10, not 11/, leaf({ delivery: queue({ batchSize: 11 }) })],
    ['leaves.leaf.delivery.maxConcurrency', /from 2 to 1000, not 1/, leaf({ delivery: queue({ maxConcurrency: 1 }) })],
    ['leaves.leaf.delivery.maxConcurrency', /from 1 to 1000, not 0/, leaf({ delivery: direct({ maxConcurrency: 0 }) })],
    ['leaves.leaf.delivery.maxConcurrency', /not 1001/, leaf({ delivery: direct({ maxConcurrency: 1_001 }) })],
    ['leaves.leaf.delivery.batchSize', /is no option/, leaf({ delivery: { kind: 'direct', batchSize: 5 } })],
    ['leaves.leaf.service', /kebab-case/, leaf(external({ service: 'a.b' }))],
    ['leaves.leaf.memoryMb', /is no option/, leaf({ ...external({ service: 'pricing' }), memoryMb: 256 })],
    ['leaves.leaf.delivery', /direct\(\) or queue\(\)/, leaf({ delivery: { kind: 'post' } })],
  ];

  test.for(REFUSALS)('%s: %s', ([field, rule, changes]) => {
    const defining = () => aJob(changes);
    expect(defining).toThrow(InvalidJobError);
    expect(defining).toThrow(field);
    expect(defining).toThrow(rule);
  });

  test('the job is named', () => {
    expect(() => aJob({ name: 'mine', attempts: 0 })).toThrow(/^job "mine": attempts/);
  });
});
