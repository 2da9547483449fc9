/**
 * The CDK app, and the only reader of context. `cdk synth` and `cdk deploy` run it through `cdk.json`; run by itself it
 * writes the same template, bundles and manifest to `CDK_OUTDIR`.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { buildBundles } from './bundles.ts';
import { readContext } from './context.ts';
import { ConfigurationError } from './errors.ts';
import { readJobSettings } from './job-settings.ts';
import { discoverJobs } from './jobs.ts';
import { OPEN_TO_ANYONE } from './parts/api.ts';
import { FanfoldStack } from './stack.ts';

/** CDK runs an app in the folder of its `cdk.json`: the one whose jobs are to be deployed. */
const PROJECT_ROOT = process.cwd();

/** Set here rather than in `cdk.json`, so that the template is the same whoever runs the app. */
const FEATURE_FLAGS = {
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/core:enablePartitionLiterals': true,
  '@aws-cdk/core:target-partitions': ['aws', 'aws-cn', 'aws-us-gov'],
};

async function main(): Promise<void> {
  const app = new App({ context: FEATURE_FLAGS, analyticsReporting: false });
  const context = readContext(app.node.getAllContext());
  if (context.auth.kind === 'none') process.stderr.write(`WARNING ${OPEN_TO_ANYONE}\n`);
  const jobs = await discoverJobs(PROJECT_ROOT);
  const jobSettings = readJobSettings(app.node.getAllContext(), jobs);
  const bundles = join(app.outdir, 'bundles');
  rmSync(bundles, { recursive: true, force: true });
  await buildBundles({ projectRoot: PROJECT_ROOT, jobs, outdir: bundles });
  new FanfoldStack(app, { context, jobs, jobSettings, bundles });
  if (process.env.CDK_VALIDATION !== 'false') await addNag(app);
  app.synth();
}

/** Loaded only where it is used: it takes longer to load than the stack takes to build. */
async function addNag(app: App): Promise<void> {
  const { AwsSolutionsChecks } = await import('cdk-nag');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
