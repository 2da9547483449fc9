/**
 * A project that deploys our own code with more jobs than ours: those under `test/fixtures/jobs`, which misbehave. Its
 * template is the product's; only how soon and how often its queues deliver again may be changed, for tests that kill.
 */
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../local/synth.ts';

const root = join(import.meta.dirname, '../..');
const fixtureJobs = join(root, 'test/fixtures/jobs');

export interface FixtureProject {
  /** The folder of the cloud assembly. */
  readonly assembly: string;
  /** The folder of the project itself. */
  readonly project: string;
  remove(): void;
}

/** Synthesizes the fixture project with `context`. */
export const synthesizeFixture = (context: Readonly<Record<string, string>> = {}): Promise<FixtureProject> =>
  synthesizeJobs(copyJobs, context);

/** Synthesizes our own code with the jobs that `writeJobs` puts into a folder it makes. */
export async function synthesizeJobs(
  writeJobs: (folder: string) => void,
  context: Readonly<Record<string, string>> = {},
): Promise<FixtureProject> {
  const project = mkdtempSync(join(tmpdir(), 'fanfold-fixture-'));
  for (const folder of ['functions', 'shared', 'infra', 'root', 'scripts', 'node_modules'])
    symlinkSync(join(root, folder), join(project, folder));
  cpSync(join(root, 'cdk.json'), join(project, 'cdk.json'));
  writeJobs(join(project, 'jobs'));
  const assembly = join(project, 'assembly');
  await synthesize({ project, outputFolder: assembly, context });
  return { assembly, project, remove: () => rmSync(project, { recursive: true, force: true }) };
}

function copyJobs(jobs: string): void {
  mkdirSync(jobs);
  for (const job of readdirSync(join(root, 'jobs'))) symlinkSync(join(root, 'jobs', job), join(jobs, job));
  cpSync(fixtureJobs, jobs, { recursive: true });
  for (const file of globSync('*/*.ts', { cwd: fixtureJobs })) {
    const path = join(jobs, file);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll("'../../../../shared/", "'../../shared/"));
  }
}
