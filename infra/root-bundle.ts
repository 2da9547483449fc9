/** The root's bundle: what the functions are built from, for a process that runs elsewhere. */
import { build } from 'esbuild';
import { BUNDLE_OPTIONS, entry, explain } from './bundles.ts';
import type { JobOutline } from './jobs.ts';

/**
 * Writes `<outdir>/index.mjs`, a root of the jobs, and what it loads later beside it. Unlike a function it has the SDK's whole
 * chain of credentials: containers and laptops have theirs from elsewhere than the environment.
 *
 * @throws ConfigurationError with esbuild's first error: file, line, and what is wrong.
 */
export async function buildRoot(projectRoot: string, jobs: readonly JobOutline[], outdir: string): Promise<void> {
  try {
    await build({
      ...BUNDLE_OPTIONS,
      ...entry('root', rootEntry(jobs), projectRoot),
      absWorkingDir: projectRoot,
      outdir,
    });
  } catch (error) {
    throw explain(error);
  }
}

const rootEntry = (jobs: readonly JobOutline[]): string =>
  [
    "import { main } from './root/main.ts';",
    ...jobs.map(({ name }, index) => `import { job as job${index} } from './jobs/${name}/job.ts';`),
    `await main([${jobs.map((_, index) => `job${index}`).join(', ')}]);`,
  ].join('\n');
