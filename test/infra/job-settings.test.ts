import { describe, expect, it } from 'vitest';
import { readJobSettings } from '../../infra/job-settings.ts';
import type { Setting } from '../../shared/core/job.ts';
import { environment, JOBS, resources, toyTemplate } from './support.ts';

const tone: Setting = { default: 'low', pattern: /low|high/, says: 'low or high' };
const free: Setting = { default: 'none', pattern: /[\s\S]*/, says: 'anything' };
const JOBS_WITH_SETTINGS = JOBS.map((job) => (job.name === 'toy' ? { ...job, settings: { tone, free } } : job));

describe('settings of jobs', () => {
  it('are read by job and name, whatever else the context holds', () => {
    const context = {
      'toy:tone': 'high',
      'toy:free': 'a=b',
      stackName: 'X',
      'aws:cdk:path': true,
      '@aws-cdk/x:y': true,
    };
    expect(readJobSettings(context, JOBS_WITH_SETTINGS)).toEqual({ toy: { tone: 'high', free: 'a=b' } });
  });

  it.each([
    [{ 'toy:tone': 'higher' }, 'context: toy:tone must be low or high, not "higher"'],
    [{ 'toy:tone': 'high\n' }, 'context: toy:tone must be low or high, not "high\\n"'],
    [{ 'toy:pitch': 'high' }, 'context: "toy:pitch" is no setting of a job'],
    [{ 'other:tone': 'high' }, 'context: "other:tone" is no setting of a job'],
    [{ 'toy:free': 'x'.repeat(2_001) }, 'context: toy:* may have 2000 characters all together'],
  ])('refuse %.40j', (context, message) => {
    expect(() => readJobSettings(context, JOBS_WITH_SETTINGS)).toThrow(message);
  });

  it('reach every leaf of their job and nobody else, defaults filled in', () => {
    const template = toyTemplate({ 'toy:tone': 'high' }, JOBS_WITH_SETTINGS);
    const chosen = JSON.stringify({ tone: 'high', free: 'none' });
    for (const leaf of ['ToySwiftLeaf', 'ToySteadyLeaf'])
      expect(environment(template, leaf)).toMatchObject({ JOB_SETTINGS: chosen });
    const told = [...resources(template, 'AWS::Lambda::Function').values()].filter((properties) =>
      JSON.stringify(properties).includes('JOB_SETTINGS'),
    );
    expect(told).toHaveLength(2);
  });
});
