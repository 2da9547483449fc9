/** Where a `redis-server` comes from: the PATH, or Debian's or Ubuntu's package, unpacked beside the peers' packages. */
import { existsSync, globSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command.ts';

export interface RedisServer {
  readonly command: string;
  /** Where it finds its shared libraries, besides the system's. */
  readonly libraries?: string;
}

const UNPACKED = join(import.meta.dirname, 'node_modules/.redis');
const UNPACKED_COMMAND = join(UNPACKED, 'usr/bin/redis-server');

/** Throws, saying what to do, where there is none and apt cannot bring it. */
export async function findRedisServer(): Promise<RedisServer> {
  const installed = onPath('redis-server') ?? onPath('valkey-server');
  if (installed) return { command: installed };
  if (!existsSync(UNPACKED_COMMAND)) {
    await unpack().catch((error: Error) => {
      throw new Error(`no redis-server or valkey-server on the PATH, no REDIS_URL, and ${error.message}`);
    });
  }
  const libraries = globSync('{lib,usr/lib}/*-linux-*', { cwd: UNPACKED }).map((folder) => join(UNPACKED, folder));
  return { command: UNPACKED_COMMAND, libraries: libraries.join(delimiter) };
}

const onPath = (command: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find((file) => existsSync(file));

/**
 * Has apt download the package and whatever it needs that the system has not, and unpacks them: nothing is installed, and
 * apt's lists and archives are in a folder of ours, so that nobody has to be root.
 */
async function unpack(): Promise<void> {
  const work = `${UNPACKED}-new`;
  rmSync(work, { recursive: true, force: true });
  for (const folder of ['lists/partial', 'cache/archives/partial', 'root'])
    mkdirSync(join(work, folder), { recursive: true });
  const places = { 'Dir::State::Lists': join(work, 'lists'), 'Dir::Cache': join(work, 'cache') };
  const settings = Object.entries({ ...places, 'Debug::NoLocking': 'true' }).map(([name, value]) => `${name}=${value}`);
  const apt = (...parameters: string[]) =>
    runCommand(
      `apt-get ${parameters[0]}`,
      'apt-get',
      [...parameters, '--quiet', ...settings.flatMap((setting) => ['-o', setting])],
      work,
    );
  try {
    await apt('update');
    await apt('install', '--download-only', '--yes', '--no-install-recommends', 'redis-server');
    for (const archive of globSync('cache/archives/*.deb', { cwd: work }))
      await runCommand('dpkg-deb', 'dpkg-deb', ['--extract', archive, 'root'], work);
    renameSync(join(work, 'root'), UNPACKED);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
