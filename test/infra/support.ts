import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { entrySources } from '../../infra/bundles.ts';
import { readContext } from '../../infra/context.ts';
import { readJobSettings } from '../../infra/job-settings.ts';
import type { JobOutline } from '../../infra/jobs.ts';
import { FanfoldStack } from '../../infra/stack.ts';
import { direct, queue } from '../../shared/core/job.ts';

export const PROJECT_ROOT = join(import.meta.dirname, '../..');

/** A direct leaf and a queue leaf that names a concurrency and checks its requests, of a job of any size; a queue leaf of a job that is always small. */
export const JOBS: readonly JobOutline[] = [
  {
    name: 'toy',
    deadlineMs: 90_000,
    maxTasks: 1_000_000,
    leaves: {
      swift: { memoryMb: 256, timeoutMs: 5_000, delivery: direct(), checksRequest: false },
      steady: {
        ...{ memoryMb: 512, timeoutMs: 40_000, checksRequest: true },
        delivery: queue({ batchSize: 5, maxConcurrency: 20 }),
      },
    },
  },
  {
    name: 'other',
    deadlineMs: 1_000,
    maxTasks: 2_500,
    leaves: { only: { memoryMb: 128, timeoutMs: 1_000, delivery: queue(), checksRequest: false } },
  },
];

export type Properties = Record<string, unknown>;
export interface Resource {
  readonly Type: string;
  readonly Properties: Properties;
}

const ROOT = mkdtempSync(join(tmpdir(), 'fanfold-infra-'));
afterAll(() => rmSync(ROOT, { recursive: true, force: true }));

/** A new directory, gone when the test file is done. */
export function temporaryDirectory(): string {
  return mkdtempSync(join(ROOT, 'part-'));
}

/** A folder with the bundles of `jobs`, of one line each. */
export function toyBundles(jobs = JOBS): string {
  const bundles = temporaryDirectory();
  for (const bundle of entrySources(jobs).keys()) {
    mkdirSync(join(bundles, bundle));
    writeFileSync(join(bundles, bundle, 'index.mjs'), `export const handler = '${bundle}';`);
  }
  return bundles;
}

/** An app without CDK's own template validation, which takes seconds; `npm run synth` has it. */
export function toyApp(): App {
  const outdir = temporaryDirectory();
  return new App({ outdir, analyticsReporting: false, builtinCloudFormationValidation: false });
}

/** The stack over `jobs` as `context` wants it. */
export function toyStack(context: Record<string, unknown> = {}, jobs = JOBS): FanfoldStack {
  const jobSettings = readJobSettings(context, jobs);
  return new FanfoldStack(toyApp(), { context: readContext(context), jobs, jobSettings, bundles: toyBundles(jobs) });
}

export function toyTemplate(context: Record<string, unknown> = {}, jobs = JOBS): Template {
  return Template.fromStack(toyStack(context, jobs));
}

/** The properties of every resource of `type`, by logical id. */
export function resources(template: Template, type: string): Map<string, Properties> {
  const found: Record<string, Resource> = template.findResources(type) as Record<string, Resource>;
  return new Map(Object.entries(found).map(([id, { Properties }]) => [id, Properties]));
}

/** The one logical id of `type` whose name contains `part`. */
export function idOf(template: Template, type: string, part: string): string {
  const ids = [...resources(template, type).keys()].filter((id) => id.includes(part));
  if (ids.length !== 1) throw new Error(`${ids.length} resources of ${type} have "${part}" in their id`);
  return ids[0] ?? '';
}

/** The logical id that `{ Ref }` or `{ 'Fn::GetAtt' }` names. */
export function target(value: unknown): string {
  const reference = value as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  return reference.Ref ?? reference['Fn::GetAtt']?.[0] ?? '';
}

/** The environment of the one function whose id contains `part`. */
export function environment(template: Template, part: string): Record<string, unknown> {
  const properties = resources(template, 'AWS::Lambda::Function').get(idOf(template, 'AWS::Lambda::Function', part));
  return (properties as { Environment: { Variables: Record<string, unknown> } }).Environment.Variables;
}
