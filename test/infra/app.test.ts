import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discoverJobs } from '../../infra/jobs.ts';
import { OPEN_TO_ANYONE } from '../../infra/parts/api.ts';
import { ownLeaves } from '../../shared/core/job.ts';
import { PROJECT_ROOT, type Resource, temporaryDirectory } from './support.ts';

interface Run {
  readonly outdir: string;
  readonly status: number | null;
  readonly stderr: string;
}

/** The app as the local cloud runs it. */
function runApp(context: Record<string, string> = {}): Run {
  const outdir = temporaryDirectory();
  const { status, stderr } = spawnSync(process.execPath, ['infra/app.ts'], {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false', CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
  return { outdir, status, stderr };
}

describe('the app', () => {
  const { outdir, status, stderr } = runApp({ stackName: 'Mine', auth: 'none' });

  it('says loudly what auth=none means, and nothing else', () => {
    expect({ status, stderr }).toEqual({ status: 0, stderr: `WARNING ${OPEN_TO_ANYONE}\n` });
  });

  it('writes a template with a function for every leaf under jobs/ that is ours', async () => {
    const { Resources } = JSON.parse(readFileSync(join(outdir, 'Mine.template.json'), 'utf8'));
    const names = Object.values(Resources as Record<string, Resource & { Properties: { Description?: string } }>)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .flatMap(({ Properties }) => /^Answers the tasks of (.+)$/.exec(Properties.Description ?? '')?.[1] ?? []);
    const jobs = await discoverJobs(PROJECT_ROOT);
    const leaves = jobs.flatMap((job) => ownLeaves(job).map(([leaf]) => `${job.name}.${leaf}`));
    expect(names).toEqual(leaves);
  });

  it('writes bundles without CDK and without a path of this machine, and a manifest of assets', () => {
    for (const bundle of readdirSync(join(outdir, 'bundles'))) {
      const file = join(outdir, 'bundles', bundle, 'index.mjs');
      const code = readFileSync(file, 'utf8');
      expect(code, bundle).not.toMatch(/aws-cdk-lib|constructs\/lib/);
      expect(code, bundle).not.toContain(PROJECT_ROOT);
      expect(statSync(file).size, bundle).toBeLessThan(2_000_000);
    }
    expect(readFileSync(join(outdir, 'Mine.assets.json'), 'utf8')).toContain('"files"');
  });

  it('refuses a context in one line, and exits 1', () => {
    const refused = runApp({ auth: 'basic' });
    expect(refused).toMatchObject({
      status: 1,
      stderr: 'context: auth must be one of iam, jwt, none, not "basic"\n',
    });
  });
});
