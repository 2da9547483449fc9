import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SERVICE_FUNCTIONS } from '../../infra/bundles.ts';
import { PROJECT_ROOT, temporaryDirectory } from './support.ts';

const SERVICE_HANDLER = `
import { SQSClient } from '@aws-sdk/client-sqs';
export const createHandler = (jobs) => async () => ({ jobs: jobs.map(({ name }) => name), client: typeof SQSClient });`;
const LEAF_HANDLER = `
export const createHandler = (leaf) => async (event) => ({ answer: leaf(event) });`;

export const jobSource = (name: string, leaves = ['only']) => `
import { defineJob } from '../../shared/core/job.ts';
export const job = defineJob({
  name: '${name}',
  input: { safeParse: (data) => ({ success: true, data }) },
  leaves: { ${leaves.map((leaf) => `'${leaf}': {}`).join(', ')} },
  split: () => [],
  fold: { empty: () => 0, add: (sum) => sum, merge: (left) => left, finish: (sum) => sum },
});`;

/** A project in a directory of its own: our `shared/` and dependencies, functions that tell what they were given, `files`. */
export function toyProject(files: Record<string, string>): string {
  const root = temporaryDirectory();
  for (const shared of ['shared', 'node_modules']) symlinkSync(join(PROJECT_ROOT, shared), join(root, shared));
  for (const name of SERVICE_FUNCTIONS) write(root, `functions/${name}/handler.ts`, SERVICE_HANDLER);
  write(root, 'functions/leaf/handler.ts', LEAF_HANDLER);
  for (const [file, source] of Object.entries(files)) write(root, file, source);
  return root;
}

/** The files of a job whose leaves answer with their own name. */
export function toyJob(name: string, leaves = ['only']): Record<string, string> {
  const leafFiles = leaves.map((leaf) => [`jobs/${name}/${leaf}.ts`, `export const leaf = () => '${name}.${leaf}';`]);
  return { [`jobs/${name}/job.ts`]: jobSource(name, leaves), ...Object.fromEntries(leafFiles) };
}

export function write(root: string, file: string, source: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), source);
}
