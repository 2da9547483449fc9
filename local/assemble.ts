import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from './synth.ts';
import { type Assembly, readAssembly } from './template/assembly.ts';

export type Source =
  /** A folder with a cloud assembly. */
  | { readonly assembly: string }
  /** A folder with a CDK app, and context for it beside that of its `cdk.json`. */
  | { readonly project: string; readonly context?: Readonly<Record<string, string>> };

export interface Assemblies {
  /** The source as it is now. */
  next(): Promise<Assembly>;
  /** Ends what is being written, and removes whatever was. */
  close(): Promise<void>;
}

/** Where assemblies come from. A project's are written to temporary folders, which live until the end: code may still be running. */
export function assemble(source: Source): Assemblies {
  if ('assembly' in source) return { next: async () => readAssembly(source.assembly), close: async () => undefined };
  const root = mkdtempSync(join(tmpdir(), `fanfold-${process.pid}-`));
  const closing = new AbortController();
  const remove = () => rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  // Also when the process ends in a way that nobody can catch up with.
  process.once('exit', remove);
  let written = 0;
  let writing: Promise<unknown> = Promise.resolve();
  return {
    next: async () => {
      written += 1;
      const outputFolder = join(root, `assembly-${written}`);
      writing = synthesize({ ...source, outputFolder, signal: closing.signal });
      await writing;
      return readAssembly(outputFolder);
    },
    close: async () => {
      closing.abort();
      await writing.catch(() => undefined);
      process.off('exit', remove);
      remove();
    },
  };
}
