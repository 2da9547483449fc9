/** `calibrate` in every way its tasks may travel: a job fixes both the delivery and how many tasks ride in a message. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FixtureProject, synthesizeJobs } from '../../support/fixture-project.ts';
import { PROJECT } from '../stage.ts';

export interface Variant {
  readonly delivery: 'direct' | 'queue';
  readonly tasksPerMessage: number;
}

export const VARIANTS: readonly Variant[] = (['direct', 'queue'] as const).flatMap((delivery) =>
  [1, 10].map((tasksPerMessage) => ({ delivery, tasksPerMessage })),
);

export const jobOf = ({ delivery, tasksPerMessage }: Variant): string => `calibrate-${delivery}-${tasksPerMessage}`;

/** The assembly of a project with `calibrate` and all its variants; whoever gets it removes it. */
export const synthesizeVariants = (): Promise<FixtureProject> => synthesizeJobs(writeVariants);

function writeVariants(jobs: string): void {
  mkdirSync(jobs);
  symlinkSync(join(PROJECT, 'jobs/calibrate'), join(jobs, 'calibrate'));
  for (const variant of VARIANTS) {
    const folder = join(jobs, jobOf(variant));
    mkdirSync(folder);
    writeFileSync(join(folder, 'job.ts'), sourceOf(variant));
    writeFileSync(join(folder, 'load.ts'), "export { leaf } from '../calibrate/load.ts';\n");
  }
}

const sourceOf = (variant: Variant): string => `
  import { defineJob, ${variant.delivery} } from '../../shared/core/job.ts';
  import { job as calibrate } from '../calibrate/job.ts';

  export const job = defineJob({
    ...calibrate,
    name: '${jobOf(variant)}',
    tasksPerMessage: ${variant.tasksPerMessage},
    leaves: { load: { ...calibrate.leaves.load, delivery: ${variant.delivery}() } },
  });
`;
