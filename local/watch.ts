/** `npm run dev`: takes changed source into the running cloud. */
import { existsSync, watch } from 'node:fs';
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
  const folders = WATCHED.map((name) => join(project, name)).filter(existsSync);
  const watchers = folders.map((folder) => watch(folder, { recursive: true }, changed));
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
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
