/** Bundles that the benchmark makes itself, with the options of `infra/bundles.ts` and esbuild's account of every byte. */
import { type BuildOptions, build } from 'esbuild';
import { BUNDLE_OPTIONS } from '../../../infra/bundles.ts';
import { PROJECT } from '../stage.ts';

/** Bytes of a bundle by where they come from: a package, or a folder of the project. */
export type Shares = ReadonlyMap<string, number>;

/** Bundles `source`, a module as if it lay in the project's root, into `outfile`; `own` are options beside the common ones. */
export async function bundle(source: string, outfile: string, own: BuildOptions = {}): Promise<Shares> {
  const stdin = { contents: source, resolveDir: PROJECT, loader: 'ts' } as const;
  const { metafile } = await build({
    ...BUNDLE_OPTIONS,
    absWorkingDir: PROJECT,
    ...own,
    stdin,
    outfile,
    metafile: true,
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const shares = new Map<string, number>();
  for (const [path, { bytesInOutput }] of inputs) {
    const origin = originOf(path);
    if (bytesInOutput > 0) shares.set(origin, (shares.get(origin) ?? 0) + bytesInOutput);
  }
  return shares;
}

function originOf(path: string): string {
  const packageName = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  return packageName ?? path.split('/').slice(0, 2).join('/');
}
