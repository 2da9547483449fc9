/** A local cloud of a test's own: what a caller cannot do to the shared one, a test may do to this. */
import { inject } from 'vitest';
import { type Cloud, type CloudOptions, startCloud } from '../../local/cloud.ts';
import { type Answered, type CallOptions, call } from './api.ts';

export interface OwnCloud extends Cloud {
  /** Calls this cloud's API. */
  call(path: string, options?: CallOptions): Promise<Answered>;
  /** Submits a job's input here and waits for the answer in the same call. */
  ask(job: string, input: unknown, query?: string, headers?: Record<string, string>): Promise<Answered>;
}

/** Starts one on a free port, from the shared assembly unless `assembly` names another. */
export async function startOwnCloud(
  options: Partial<CloudOptions> & { readonly assembly?: string } = {},
): Promise<OwnCloud> {
  const { assembly = inject('assembly'), ...rest } = options;
  const cloud = await startCloud({ source: { assembly }, port: 0, ...rest });
  const ownCall: OwnCloud['call'] = (path, callOptions) => call(new URL(path, cloud.url).href, callOptions);
  return Object.defineProperties({} as OwnCloud, {
    ...Object.getOwnPropertyDescriptors(cloud),
    call: { value: ownCall },
    ask: {
      value: (job: string, input: unknown, query = '', headers: Record<string, string> = {}) =>
        ownCall(`/v1/jobs/${job}${query}`, { method: 'POST', body: input, headers: { prefer: 'wait=25', ...headers } }),
    },
  });
}
