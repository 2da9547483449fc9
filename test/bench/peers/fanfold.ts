/** This stack, on its local cloud, with other numbers of tasks a message than `calibrate` has of its own. */
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

export const fanfold: System = {
  rows: ['fanfold'],
  async start() {
    const project = writeProject();
    const remove = () => rmSync(project, { recursive: true, force: true });
    process.once('exit', remove);
    const cloud = await startCloud({ source: { project }, port: 0 });
    const ways = TASKS_PER_MESSAGE.map((tasksPerMessage) => wayOf(cloud.url, tasksPerMessage));
    return { ways, stop: () => cloud.close() };
  },
};

/** So long that a slow machine is slow, not late, and that no timer fires while somebody else is measured. */
const DEADLINE = '?deadlineMs=3600000';

const jobOf = (tasksPerMessage: number): string => `calibrate-${tasksPerMessage}`;

function wayOf(url: string, tasksPerMessage: number): Way {
  const time = async (tasks: number) => {
    const input = { tasks, resultBytes: RESULT_BYTES, leafMs: 0 };
    const { ms, result } = await timed(() => ask(url, jobOf(tasksPerMessage), input, DEADLINE));
    assertExact(result.aggregate, tasks);
    return ms;
  };
  return { row: 'fanfold', tasksPerMessage, setting: 'local cloud, over HTTP', time };
}

/** A project of our own code whose only jobs are `calibrate` by other names. */
function writeProject(): string {
  const project = mkdtempSync(join(tmpdir(), 'fanfold-peers-'));
  for (const folder of ['functions', 'shared', 'infra', 'node_modules'])
    symlinkSync(join(PROJECT, folder), join(project, folder));
  symlinkSync(join(PROJECT, 'jobs/calibrate'), join(project, 'calibrate'));
  cpSync(join(PROJECT, 'cdk.json'), join(project, 'cdk.json'));
  for (const tasksPerMessage of TASKS_PER_MESSAGE) {
    const folder = join(project, 'jobs', jobOf(tasksPerMessage));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'job.ts'), jobSource(tasksPerMessage));
    writeFileSync(join(folder, 'load.ts'), "export { leaf } from '../../calibrate/load.ts';\n");
  }
  return project;
}

const jobSource = (tasksPerMessage: number): string => `
import { defineJob } from '../../shared/core/job.ts';
import { job as calibrate } from '../../calibrate/job.ts';
export const job = defineJob({ ...calibrate, name: '${jobOf(tasksPerMessage)}', tasksPerMessage: ${tasksPerMessage} });
`;
