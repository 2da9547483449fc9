/** What is measured: every function of the stack, its shipped bundle, its environment and what the bundle is made of. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { credentialsAlias, entrySources } from '../../../infra/bundles.ts';
import { discoverJobs } from '../../../infra/jobs.ts';
import { readAssembly } from '../../../local/template/assembly.ts';
import { isObject } from '../../../local/template/json.ts';
import { PROJECT, projectAssembly, withCloud } from '../stage.ts';
import { type Bundle, bundle } from './build.ts';

export interface Subject {
  readonly name: string;
  /** The bundle as it would be deployed. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly bundle: Bundle;
}

/** Every function's bundle, by name. The accounts of their bytes are made anew, under `folder`. */
export async function subjects(folder: string): Promise<Subject[]> {
  const bundles = join(await projectAssembly(), 'bundles');
  const sources = entrySources(await discoverJobs(PROJECT));
  const environments = await environmentsByCode();
  const found: Subject[] = [];
  for (const [name, source] of sources) {
    const file = join(bundles, name, 'index.mjs');
    const environment = environments.get(readFileSync(file, 'utf8'));
    if (!environment) throw new Error(`no function runs the bundle ${name}`);
    found.push({ name, file, environment, bundle: await account(source, file, join(folder, name, 'index.mjs')) });
  }
  return found;
}

/** Where the bytes of the bundle `shipped` come from. Throws if it was built otherwise than here. */
async function account(source: string, shipped: string, outfile: string): Promise<Bundle> {
  const account = await bundle(source, outfile, { alias: credentialsAlias(PROJECT) });
  const [here, there] = [outfile, shipped].map((file) => statSync(file).size) as [number, number];
  if (Math.abs(here - there) < there * 0.01) return account;
  throw new Error(`infra/bundles.ts makes ${there} bytes of what is ${here} bytes here: the options are not the same`);
}

/** The functions' environments by their code: in the template, an asset's name tells nothing. */
async function environmentsByCode(): Promise<Map<string, Record<string, string>>> {
  const { codeFolder } = readAssembly(await projectAssembly());
  return withCloud(async (cloud) => {
    const functions = cloud.resources.filter(({ type }) => type === 'AWS::Lambda::Function');
    return new Map(
      functions.map(({ logicalId, properties: { Code } }) => {
        const folder = codeFolder(isObject(Code) ? String(Code.S3Key) : '') ?? '';
        return [readFileSync(join(folder, 'index.mjs'), 'utf8'), cloud.environment(logicalId)];
      }),
    );
  });
}
