import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildBundles, entrySources } from '../../infra/bundles.ts';
import { discoverJobs } from '../../infra/jobs.ts';
import { PROJECT_ROOT, resources, temporaryDirectory, toyTemplate } from './support.ts';
import { jobSource, toyJob, toyProject, write } from './toy-project.ts';

async function bundle(projectRoot: string): Promise<Map<string, string>> {
  const jobs = await discoverJobs(projectRoot);
  const outdir = await buildBundles({ projectRoot, jobs, outdir: temporaryDirectory() });
  return new Map([...entrySources(jobs).keys()].map((name) => [name, join(outdir, name, 'index.mjs')]));
}

/** Every file of every bundle, by bundle and name. */
const read = (bundles: ReadonlyMap<string, string>) =>
  [...bundles].flatMap(([name, index]) =>
    readdirSync(dirname(index)).map((file) => [`${name}/${file}`, readFileSync(join(dirname(index), file), 'utf8')]),
  ) as [string, string][];
const run = async (file = '') => (await import(pathToFileURL(file).href)).handler;

const root = toyProject({ ...toyJob('toy', ['swift', 'steady']), ...toyJob('other') });
const bundles = await bundle(root);

describe('bundles', () => {
  it('are one a service and one a leaf', () => {
    const leaves = ['leaf-other-only', 'leaf-toy-swift', 'leaf-toy-steady'];
    expect([...bundles.keys()]).toEqual([
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
      ...leaves,
    ]);
  });

  it('hand a service every job', async () => {
    const handler = await run(bundles.get('aggregator'));
    expect(await handler()).toEqual({ jobs: ['other', 'toy'], client: 'function' });
  });

  it('hold no job where none is asked for', () => {
    const intake = entrySources([{ name: 'toy', deadlineMs: 1_000, maxTasks: 1, leaves: {} }]).get('intake');
    expect(intake).toMatch(/^import '.*\/heap.ts';\nimport .*\nexport const handler = createHandler\(\);$/);
  });

  it('hand a leaf function its leaf', async () => {
    const handler = await run(bundles.get('leaf-toy-steady'));
    expect(await handler()).toEqual({ answer: 'toy.steady' });
  });

  it('load what is imported at run time from beside them, when it is', async () => {
    const lazy = toyProject(toyJob('toy'));
    write(lazy, 'later.ts', "import { SQSClient } from '@aws-sdk/client-sqs';\nexport const what = typeof SQSClient;");
    write(lazy, 'jobs/toy/only.ts', "export const leaf = async () => (await import('../../later.ts')).what;");
    const built = await bundle(lazy);
    const index = built.get('leaf-toy-only') ?? '';
    expect(readFileSync(index).length).toBeLessThan(2_000);
    expect(readdirSync(dirname(index)).length).toBeGreaterThan(1);
    await expect((await (await run(index))()).answer).resolves.toBe('function');
  });

  it('have a client of DynamoDB in a leaf only where it checks its requests', async () => {
    const project = toyProject({ ...toyJob('toy', ['asks', 'works']) });
    write(
      project,
      'jobs/toy/job.ts',
      jobSource('toy', ['asks', 'works']).replace("'asks': {}", "'asks': { checksRequest: true }"),
    );
    write(
      project,
      'functions/leaf/handler.ts',
      `export { createHandler } from '${PROJECT_ROOT}/functions/leaf/handler.ts';`,
    );
    const codes = read(await bundle(project)).filter(([, code]) => code.includes('DynamoDB_20120810'));
    const leaves = codes.map(([file]) => dirname(file)).filter((name) => name.startsWith('leaf-'));
    expect(leaves).toEqual(['leaf-toy-asks']);
  });

  it('hold no CDK', () => {
    for (const [, code] of read(bundles)) expect(code).not.toMatch(/aws-cdk-lib|constructs\/lib|jsii/);
  });

  it('are the same wherever they are built, and tell nothing of where that was', async () => {
    const elsewhere = temporaryDirectory();
    cpSync(root, elsewhere, { recursive: true, verbatimSymlinks: true });
    expect(read(await bundle(elsewhere))).toEqual(read(bundles));
    for (const [, code] of read(bundles)) {
      expect(code).not.toContain(root);
      expect(code).not.toContain('node_modules/');
    }
  });

  it('name the file and the line of what does not build', async () => {
    const broken = toyProject(toyJob('toy'));
    write(
      broken,
      'jobs/toy/only.ts',
      "export const leaf = () => 1;\nimport { gone } from './gone.ts';\nconsole.log(gone);",
    );
    await expect(bundle(broken)).rejects.toThrow(/^jobs\/toy\/only\.ts:2:\d+: Could not resolve "\.\/gone\.ts"$/);
  });

  it('name the leaf that exports none', async () => {
    const broken = toyProject(toyJob('toy'));
    write(broken, 'jobs/toy/only.ts', 'export const work = () => 1;');
    await expect(bundle(broken)).rejects.toThrow(/^bundle leaf-toy-only: No matching export in "jobs\/toy\/only\.ts"/);
  });
});

it('a new folder under jobs/ is a new function, with no other edit', async () => {
  const project = toyProject(toyJob('toy'));
  const leaves = async () => {
    const functions = resources(toyTemplate({}, await discoverJobs(project)), 'AWS::Lambda::Function');
    return [...functions.values()]
      .map(({ Description }) => String(Description))
      .filter((text) => text.includes('tasks of'));
  };
  const before = await leaves();
  for (const [file, source] of Object.entries(toyJob('added', ['here', 'there']))) write(project, file, source);
  const after = await leaves();
  expect(after.filter((leaf) => !before.includes(leaf))).toEqual([
    'Answers the tasks of added.here',
    'Answers the tasks of added.there',
  ]);
  expect([...(await bundle(project)).keys()]).toEqual(expect.arrayContaining(['leaf-added-here', 'leaf-added-there']));
});
