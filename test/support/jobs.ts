/** A small job to change: its tasks are numbers, its aggregate is their list. */
import { defineJob, type Job, type JobDefinition } from '../../shared/core/job.ts';

export type JobChanges = Partial<JobDefinition<unknown, unknown, unknown, unknown, unknown>>;

export const aJob = (changes: JobChanges): Job =>
  defineJob<unknown, unknown, unknown, unknown, unknown>({
    name: 'job',
    input: { safeParse: (value) => ({ success: true, data: value }) },
    leaves: { leaf: {} },
    split: () => [1, 2, 3].map((payload) => ({ payload, label: `task ${payload}` })),
    fold: {
      empty: () => [],
      add: (list, { value }) => [...(list as unknown[]), value],
      merge: (left, right) => [...(left as unknown[]), ...(right as unknown[])],
      finish: (list) => list,
    },
    ...changes,
  });
