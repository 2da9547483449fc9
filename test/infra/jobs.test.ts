import { describe, expect, it } from 'vitest';
import { discoverJobs } from '../../infra/jobs.ts';
import { jobSource, toyJob, toyProject } from './toy-project.ts';

describe('discovery', () => {
  it('finds every folder with a job.ts, by name', async () => {
    const root = toyProject({ ...toyJob('second'), ...toyJob('first', ['a', 'b']), 'jobs/notes.md': 'not a job' });
    const jobs = await discoverJobs(root);
    expect(jobs.map(({ name, leaves }) => [name, Object.keys(leaves)])).toEqual([
      ['first', ['a', 'b']],
      ['second', ['only']],
    ]);
  });

  it('asks for no file of a leaf that is a service of its own', async () => {
    const source = jobSource('quote', ['pricing'])
      .replace('{ defineJob }', '{ defineJob, external }')
      .replace("'pricing': {}", "pricing: external({ service: 'pricing' })");
    const [job] = await discoverJobs(toyProject({ 'jobs/quote/job.ts': source }));
    expect(job?.leaves).toEqual({ pricing: { kind: 'external', service: 'pricing' } });
  });

  it.each([
    ['no jobs at all', {}, 'jobs/ holds no folder with a job.ts'],
    [
      'a folder of another name',
      { 'jobs/here/job.ts': jobSource('there') },
      'jobs/here/job.ts names the job "there"; its folder must have that name',
    ],
    [
      'a leaf without its file',
      { 'jobs/here/job.ts': jobSource('here', ['gone']) },
      'jobs/here/gone.ts is missing; jobs/here/job.ts names the leaf "gone"',
    ],
    [
      'a job.ts without a job',
      { 'jobs/here/job.ts': 'export const work = 1;' },
      'jobs/here/job.ts must export `job`, made by defineJob',
    ],
    [
      'a job that breaks a rule',
      { 'jobs/here/job.ts': jobSource('Here') },
      'jobs/here/job.ts does not load: job "Here": name must be kebab-case, 40 characters at most',
    ],
    [
      'a job.ts that imports what is not there',
      { 'jobs/here/job.ts': "import './gone.ts';" },
      'jobs/here/job.ts does not load: ',
    ],
    [
      'two leaves that share a bundle',
      { ...toyJob('a', ['b-c']), ...toyJob('a-b', ['c']) },
      'jobs/a-b/c.ts and jobs/a/b-c.ts would both be the bundle leaf-a-b-c',
    ],
  ])('refuses %s in one line', async (_, files, message) => {
    const failure = await discoverJobs(toyProject(files)).catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'ConfigurationError', message: expect.stringContaining(message) });
    expect(String(failure)).not.toContain('\n');
  });
});
