/**
 * Finds the jobs: every folder `jobs/<job>/` with its `job.ts` and a file for each leaf it names that is a function of ours. Adding a job is adding
 * a folder, so whatever is wrong with one is said here, by file and rule, before anything is built.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Job, ownLeaves } from '../shared/core/job.ts';
import type { PlannedJob } from '../shared/core/plan/job-plan.ts';
import { ConfigurationError } from './errors.ts';

/** What the stack needs to know of a job. */
export type JobOutline = Pick<Job, 'name' | 'deadlineMs' | 'maxTasks' | 'leaves'> &
  Partial<PlannedJob & Pick<Job, 'settings'>>;

/**
 * The jobs under `<projectRoot>/jobs`, by name.
 *
 * @throws ConfigurationError naming the file and the rule it breaks.
 */
export async function discoverJobs(projectRoot: string): Promise<JobOutline[]> {
  const folders = jobFolders(projectRoot);
  if (folders.length === 0) throw new ConfigurationError('jobs/', 'holds no folder with a job.ts');
  const jobs = [];
  for (const folder of folders) jobs.push(await loadJob(projectRoot, folder));
  refuseSharedBundles(jobs);
  return jobs;
}

/** The name of a leaf's bundle, which is also its folder. */
export function leafBundle(job: string, leaf: string): string {
  return `leaf-${job}-${leaf}`;
}

function jobFolders(projectRoot: string): string[] {
  const jobsFolder = join(projectRoot, 'jobs');
  if (!existsSync(jobsFolder)) return [];
  return readdirSync(jobsFolder)
    .filter((folder) => existsSync(join(jobsFolder, folder, 'job.ts')))
    .sort();
}

async function loadJob(projectRoot: string, folder: string): Promise<JobOutline> {
  const file = `jobs/${folder}/job.ts`;
  const job = (await importFile(projectRoot, file)).job;
  if (!isOutline(job)) throw new ConfigurationError(file, 'must export `job`, made by defineJob');
  if (job.name !== folder)
    throw new ConfigurationError(file, `names the job "${job.name}"; its folder must have that name`);
  for (const [leaf] of ownLeaves(job)) {
    const leafFile = `jobs/${folder}/${leaf}.ts`;
    if (!existsSync(join(projectRoot, leafFile)))
      throw new ConfigurationError(leafFile, `is missing; ${file} names the leaf "${leaf}"`);
  }
  return job;
}

async function importFile(projectRoot: string, file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(join(projectRoot, file)).href);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(file, `does not load: ${reason.split('\n', 1)[0]}`, { cause });
  }
}

function isOutline(value: unknown): value is JobOutline {
  return typeof value === 'object' && value !== null && 'name' in value && 'leaves' in value && 'deadlineMs' in value;
}

/** `a` with leaf `b-c` and `a-b` with leaf `c` would share a bundle's folder. */
function refuseSharedBundles(jobs: readonly JobOutline[]): void {
  const owners = new Map<string, string>();
  for (const job of jobs) {
    const { name } = job;
    for (const [leaf] of ownLeaves(job)) {
      const bundle = leafBundle(name, leaf);
      const other = owners.get(bundle);
      if (other)
        throw new ConfigurationError(`jobs/${name}/${leaf}.ts`, `and ${other} would both be the bundle ${bundle}`);
      owners.set(bundle, `jobs/${name}/${leaf}.ts`);
    }
  }
}
