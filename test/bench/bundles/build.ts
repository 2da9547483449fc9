/** Bundles that the benchmark makes itself, with the options of `infra/bundles.ts` and esbuild's account of every byte. */
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { BUNDLE_OPTIONS } from '../../../infra/bundles.ts';
import { PROJECT } from '../stage.ts';

/** Bytes of a bundle by where they come from: a package, or a folder of the project. */
export type Shares = ReadonlyMap<string, number>;

export interface Bundle {
  /** Of what is loaded at once, without what is loaded only when it is needed. */
  readonly shares: Shares;
  /** The files that are loaded at once. */
  readonly files: readonly string[];
}

/** Bundles `source`, a module as if it lay in the project's root, into `outfile`; `own` are options beside the common ones. */
export async function bundle(source: string, outfile: string, own: BuildOptions = {}): Promise<Bundle> {
  const stdin = { contents: source, resolveDir: PROJECT, loader: 'ts', sourcefile: 'entry.ts' } as const;
  const { metafile } = await build({
    ...BUNDLE_OPTIONS,
    absWorkingDir: PROJECT,
    ...own,
    stdin,
    outdir: dirname(outfile),
    entryNames: basename(outfile, '.mjs'),
    metafile: true,
  });
  const loaded = loadedAtOnce(metafile);
  const shares = new Map<string, number>();
  for (const { inputs } of loaded.values()) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const origin = originOf(path);
      if (bytesInOutput > 0) shares.set(origin, (shares.get(origin) ?? 0) + bytesInOutput);
    }
  }
  return { shares, files: [...loaded.keys()].map((file) => join(PROJECT, file)) };
}

type Output = Metafile['outputs'][string];

/** The entry, and whatever it imports as it is loaded. */
function loadedAtOnce({ outputs }: Metafile): Map<string, Output> {
  const loaded = new Map<string, Output>();
  const load = (file: string): void => {
    const output = outputs[file];
    if (!output || loaded.has(file)) return;
    loaded.set(file, output);
    for (const { path, kind } of output.imports) if (kind === 'import-statement') load(path);
  };
  for (const [file, { entryPoint }] of Object.entries(outputs)) if (entryPoint === 'entry.ts') load(file);
  return loaded;
}

function originOf(path: string): string {
  const packageName = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  return packageName ?? path.split('/').slice(0, 2).join('/');
}
