/** The public list of jobs. */
import { policyOf, policyText } from '../core/completion.ts';
import type { Job } from '../core/job.ts';
import { inputSchema } from './json-schema.ts';
import type { JobsView, JobView } from './schemas.ts';

export const jobPath = (name: string): string => `/v1/jobs/${name}`;

export const jobsView = (jobs: readonly Job[]): JobsView => ({ jobs: jobs.map(jobView) });

function jobView(job: Job): JobView {
  const { name, version, description, deadlineMs, leaves, example } = job;
  return {
    job: name,
    ...{ version, description, deadlineMs },
    completion: policyText(policyOf(job.completion)),
    leaves: Object.keys(leaves),
    input: inputSchema(job),
    ...(example === undefined ? {} : { example }),
    links: { submit: jobPath(name) },
  };
}
