/** The public list of jobs. */
import { policyOf, policyText } from '../core/completion.ts';
import { isExternal, type Job } from '../core/job.ts';
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
    ...servicesOf(leaves),
    input: inputSchema(job),
    ...(example === undefined ? {} : { example }),
    links: { submit: jobPath(name) },
  };
}

/** What runs the leaves that are no functions of this stack. */
function servicesOf(leaves: Job['leaves']): Pick<JobView, 'services'> {
  const services = Object.entries(leaves).flatMap(([name, leaf]) => (isExternal(leaf) ? [[name, leaf.service]] : []));
  return services.length > 0 ? { services: Object.fromEntries(services) } : {};
}
