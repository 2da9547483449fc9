/** `npm run dev`: takes changed source into the running cloud. */
import { existsSync, type FSWatcher, globSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Cloud } from './cloud.ts';
import { oneLine } from './failure.ts';

const WATCHED = ['jobs', 'functions', 'shared'];
/** Editors write a file in several steps, and branches change many files at once. */
const QUIET_MS = 100;

const SAID = {
  unchanged: undefined,
  'new-code': 'fanfold runs the new code',
  'new-stack': 'fanfold restarted: the stack itself has changed, so what it held is gone',
} as const;

/** Reloads `cloud` whenever the source under `project` has changed and been quiet for a moment; the returned function ends that. */
export function watchSource(
  project: string,
  cloud: Pick<Cloud, 'reload'>,
  say: (line: string) => void = console.error,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let reloading = Promise.resolve();
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      reloading = reloading.then(() => reload(cloud, say));
    }, QUIET_MS);
  };
  const stop = watchFolders(
    WATCHED.map((name) => join(project, name)),
    changed,
  );
  return () => {
    clearTimeout(timer);
    stop();
  };
}

/**
 * Calls `changed` for whatever happens in `roots` and the folders below. Each folder is watched by itself: Node's own
 * recursive watching loses a file on Linux once an editor has replaced it.
 */
function watchFolders(roots: readonly string[], changed: () => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  const seen = (): void => {
    follow();
    changed();
  };
  const follow = (): void => {
    const folders = roots
      .filter(existsSync)
      .flatMap((root) => [root, ...globSync('**/', { cwd: root }).map((folder) => join(root, folder))]);
    for (const folder of folders)
      if (!watchers.has(folder))
        watchers.set(
          folder,
          watch(folder, seen).on('error', () => forget(folder)),
        );
    for (const folder of watchers.keys()) if (!existsSync(folder)) forget(folder);
  };
  const forget = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  follow();
  return () => {
    for (const folder of [...watchers.keys()]) forget(folder);
  };
}

async function reload(cloud: Pick<Cloud, 'reload'>, say: (line: string) => void): Promise<void> {
  try {
    const said = SAID[await cloud.reload()];
    if (said) say(said);
  } catch (error) {
    say(`fanfold goes on with the old code: ${oneLine(error)}`);
  }
}
