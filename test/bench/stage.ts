/** What the benchmarks run on: the project, synthesized once for all of them, and local clouds of its assembly. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cloud, startCloud } from '../../local/cloud.ts';
import { synthesize } from '../../local/synth.ts';

export const PROJECT = join(import.meta.dirname, '../..');

let assembly: Promise<string> | undefined;

/** The folder of the project's cloud assembly; it goes when this process does. */
export function projectAssembly(): Promise<string> {
  assembly ??= write();
  return assembly;
}

async function write(): Promise<string> {
  const outputFolder = mkdtempSync(join(tmpdir(), 'fanfold-bench-'));
  process.once('exit', () => rmSync(outputFolder, { recursive: true, force: true }));
  await synthesize({ project: PROJECT, outputFolder });
  return outputFolder;
}

/** Does `work` with a local cloud of its own. */
export async function withCloud<Result>(work: (cloud: Cloud) => Promise<Result>): Promise<Result> {
  const cloud = await startCloud({ source: { assembly: await projectAssembly() }, port: 0 });
  try {
    return await work(cloud);
  } finally {
    await cloud.close();
  }
}
