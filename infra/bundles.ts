/**
 * Builds every function's bundle with esbuild: the same input always gives the same bytes, so unchanged code is not
 * deployed again, and nothing in a bundle tells where it was built.
 */
import { join } from 'node:path';
import { type BuildFailure, type BuildOptions, build, type Message, type Plugin } from 'esbuild';
import { ownLeaves } from '../shared/core/job.ts';
import { ConfigurationError } from './errors.ts';
import { type JobOutline, leafBundle } from './jobs.ts';

/** The functions that serve every job; each is bundled with all of them, but for those that know none. */
export const SERVICE_FUNCTIONS = [
  'distributor',
  'scatterer',
  'aggregator',
  'closer',
  'timer',
  'warden',
  'notifier',
  'status',
  'intake',
  'roll-call',
  'attendance',
] as const;
export type ServiceFunction = (typeof SERVICE_FUNCTIONS)[number];

/** What these do is the same whatever the jobs are. */
const JOBLESS: ReadonlySet<ServiceFunction> = new Set(['intake', 'roll-call', 'attendance']);

export interface BundleRequest {
  /** The folder that holds `functions/`, `jobs/` and `shared/`. */
  readonly projectRoot: string;
  readonly jobs: readonly JobOutline[];
  /** Takes one folder a bundle. */
  readonly outdir: string;
}

/**
 * Writes `<outdir>/<bundle>/index.mjs` for every function of the stack, beside it what it loads only when it needs to, and
 * returns `outdir`.
 *
 * @throws ConfigurationError with esbuild's first error: file, line, and what is wrong.
 */
export async function buildBundles({ projectRoot, jobs, outdir }: BundleRequest): Promise<string> {
  const common = { ...BUNDLE_OPTIONS, absWorkingDir: projectRoot, alias: credentialsAlias(projectRoot) };
  // A call for each: in one call they would share chunks, which would lie in nobody's folder.
  const building = [...entrySources(jobs)].map(([name, source]) =>
    build({ ...common, ...entry(name, source, projectRoot), outdir: join(outdir, name) }),
  );
  const failed = (await Promise.allSettled(building)).find((outcome) => outcome.status === 'rejected');
  if (failed) throw explain(failed.reason);
  return outdir;
}

/** The source of each bundle's entry, by bundle name. */
export function entrySources(jobs: readonly JobOutline[]): Map<string, string> {
  const sources = new Map<string, string>();
  for (const name of SERVICE_FUNCTIONS) sources.set(name, serviceEntry(name, JOBLESS.has(name) ? [] : jobs));
  for (const job of jobs) {
    for (const [leaf, { checksRequest }] of ownLeaves(job))
      sources.set(leafBundle(job.name, leaf), leafEntry(job.name, leaf, checksRequest));
  }
  return sources;
}

/** Before anything that takes memory. */
const HEAP = "import './shared/aws/heap.ts';";

function serviceEntry(name: ServiceFunction, jobs: readonly JobOutline[]): string {
  return [
    HEAP,
    `import { createHandler } from './functions/${name}/handler.ts';`,
    ...jobs.map((job, index) => `import { job as job${index} } from './jobs/${job.name}/job.ts';`),
    `export const handler = createHandler(${JOBLESS.has(name) ? '' : `[${jobs.map((_, index) => `job${index}`).join(', ')}]`});`,
  ].join('\n');
}

/** Only a leaf that checks its requests has a client of DynamoDB in its bundle. */
function leafEntry(job: string, leaf: string, checksRequest: boolean): string {
  return [
    HEAP,
    "import { createHandler } from './functions/leaf/handler.ts';",
    ...(checksRequest ? ["import { requestStatesFromEnv } from './shared/aws/request-states.ts';"] : []),
    `import { leaf } from './jobs/${job}/${leaf}.ts';`,
    `export const handler = createHandler(leaf${checksRequest ? ', requestStatesFromEnv()' : ''});`,
  ].join('\n');
}

/**
 * How every bundle is built. What a function imports at run time is a file of its own, beside what both need: in one
 * file esbuild wraps every module that both need, and a client of S3 that is never used would cost as much as one that
 * is, a third of init (measured 2026-11). No source map is shipped: it would be several times the code it explains, read at every
 * cold start; the same commit rebuilds the same bytes instead. Names of classes are not kept: that wraps every closure
 * the SDK makes, at every call (7 % of a bundle, 4 % of a request's time), so our errors carry a name of their own.
 */
export const BUNDLE_OPTIONS = {
  bundle: true,
  format: 'esm',
  splitting: true,
  chunkNames: '[name]-[hash]',
  outExtension: { '.js': '.mjs' },
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'silent',
  // A CommonJS dependency asks for Node's own modules through `require`, which an ES module does not have.
  banner: {
    js: "import{createRequire as bundleRequire}from'node:module';const require=bundleRequire(import.meta.url);",
  },
} as const satisfies BuildOptions;

/** What stands in for the SDK's chain of credential providers; see there. */
export const credentialsAlias = (projectRoot: string): Record<string, string> => ({
  '@aws-sdk/credential-provider-node': join(projectRoot, 'shared/aws/clients/credentials.ts'),
});

const ENTRY = 'entry';

/** An entry exists only in memory, and imports as a file in the project's root would. */
export function entry(name: string, contents: string, projectRoot: string): BuildOptions {
  const plugin: Plugin = {
    name: ENTRY,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^entry:/ }, () => ({ path: name, namespace: ENTRY }));
      onLoad({ filter: /.*/, namespace: ENTRY }, () => ({ contents, loader: 'ts', resolveDir: projectRoot }));
    },
  };
  return { entryPoints: [{ in: `${ENTRY}:${name}`, out: 'index' }], plugins: [plugin] };
}

export function explain(failure: unknown): ConfigurationError {
  const [first, ...rest] = (failure as Partial<BuildFailure>).errors ?? [];
  if (!first) return new ConfigurationError('bundles:', String(failure), { cause: failure });
  const more = rest.length > 0 ? ` (and ${rest.length} more)` : '';
  return new ConfigurationError(`${place(first)}:`, `${first.text.split('\n', 1)[0]}${more}`, { cause: failure });
}

function place({ location }: Message): string {
  if (!location) return 'bundles';
  const isEntry = location.file.startsWith(`${ENTRY}:`);
  return isEntry
    ? location.file.replace(`${ENTRY}:`, 'bundle ')
    : `${location.file}:${location.line}:${location.column}`;
}
