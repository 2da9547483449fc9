/**
 * This stack, on its local cloud, with other numbers of tasks a message than `calibrate` has of its own. Its leaf is delivered
 * in both ways there are, of which the better counts, as the best of BullMQ's settings does.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCloud } from '../../../local/cloud.ts';
import { ask } from '../caller.ts';
import { assertExact, RESULT_BYTES } from '../exact.ts';
import { PROJECT } from '../stage.ts';
import { timed } from '../statistics.ts';
import type { System, Way } from './systems.ts';

const TASKS_PER_MESSAGE = [1, 10, 25] as const;
const DELIVERIES = ['direct', 'queue'] as const;

/** As much as the services have: with less a leaf keeps its heap smaller, which takes it a sixth more time (decision 57). */
const LEAF_MB = 512;

interface Variant {
  readonly tasksPerMessage: number;
  readonly delivery: (typeof DELIVERIES)[number];
}

const VARIANTS: readonly Variant[] = TASKS_PER_MESSAGE.flatMap((tasksPerMessage) =>
  DELIVERIES.map((delivery) => ({ tasksPerMessage, delivery })),
);

export const fanfold: System = {
  rows: ['fanfold'],
  async start() {
    const project = writeProject();
    const remove = () => rmSync(project, { recursive: true, force: true });
    process.once('exit', remove);
    const cloud = await startCloud({ source: { project }, port: 0 });
    const ways = VARIANTS.map((variant) => wayOf(cloud.url, variant));
    return { ways, stop: () => cloud.close() };
  },
};

/** So long that a slow machine is slow, not late, and that no timer fires while somebody else is measured. */
const DEADLINE = '?deadlineMs=3600000';

const jobOf = ({ tasksPerMessage, delivery }: Variant): string => `calibrate-${tasksPerMessage}-${delivery}`;

function wayOf(url: string, variant: Variant): Way {
  const time = async (tasks: number) => {
    const input = { tasks, resultBytes: RESULT_BYTES, leafMs: 0 };
    const { ms, result } = await timed(() => ask(url, jobOf(variant), input, DEADLINE));
    assertExact(result.aggregate, tasks);
    return ms;
  };
  const { tasksPerMessage, delivery } = variant;
  return {
    row: 'fanfold',
    tasksPerMessage,
    setting: `local cloud, over HTTP, ${delivery} delivery, leaf of ${LEAF_MB} MB`,
    time,
  };
}

/** A project of our own code whose only jobs are `calibrate` by other names. */
function writeProject(): string {
  const project = mkdtempSync(join(tmpdir(), 'fanfold-peers-'));
  for (const folder of ['functions', 'shared', 'infra', 'node_modules'])
    symlinkSync(join(PROJECT, folder), join(project, folder));
  symlinkSync(join(PROJECT, 'jobs/calibrate'), join(project, 'calibrate'));
  cpSync(join(PROJECT, 'cdk.json'), join(project, 'cdk.json'));
  for (const variant of VARIANTS) {
    const folder = join(project, 'jobs', jobOf(variant));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'job.ts'), jobSource(variant));
    writeFileSync(join(folder, 'load.ts'), "export { leaf } from '../../calibrate/load.ts';\n");
  }
  return project;
}

const jobSource = (variant: Variant): string => `
import { defineJob, ${variant.delivery} } from '../../shared/core/job.ts';
import { job as calibrate } from '../../calibrate/job.ts';
export const job = defineJob({
  ...calibrate,
  name: '${jobOf(variant)}',
  tasksPerMessage: ${variant.tasksPerMessage},
  leaves: { load: { ...calibrate.leaves.load, memoryMb: ${LEAF_MB}, delivery: ${variant.delivery}() } },
});
`;
