/**
 * `npm run root`: builds a root of the jobs in this folder, and runs it. `-- --build <folder>` builds it and no more, for a
 * container's image.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigurationError } from '../infra/errors.ts';
import { discoverJobs } from '../infra/jobs.ts';
import { buildRoot } from '../infra/root-bundle.ts';

async function main([first, folder, ...more]: readonly string[]): Promise<void> {
  if (first !== '--build') return run();
  if (folder === undefined || more.length > 0)
    throw new ConfigurationError('--build', 'takes one folder, and no other option');
  await buildInto(resolve(folder));
}

async function buildInto(outdir: string): Promise<void> {
  const project = process.cwd();
  await buildRoot(project, await discoverJobs(project), outdir);
}

/** In this process, so that signals and the exit code are the root's own. */
async function run(): Promise<void> {
  const outdir = mkdtempSync(join(tmpdir(), 'fanfold-root-'));
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
  await buildInto(outdir);
  await import(pathToFileURL(join(outdir, 'index.mjs')).href);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`root: ${error.message}\n`);
  process.exitCode = 2;
}
