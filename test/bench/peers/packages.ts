/** The packages of the peers, which come when somebody measures them, and are no part of `npm ci`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

const FOLDER = import.meta.dirname;
/** npm writes it last, so that an installation that was cut short is made anew. */
const INSTALLED = join(FOLDER, 'node_modules/.package-lock.json');

let installation: Promise<void> | undefined;

/** Installs what `package-lock.json` names, unless it is there. Throws npm's own words. */
export function installPackages(): Promise<void> {
  installation ??= existsSync(INSTALLED) ? Promise.resolve() : npmCi();
  return installation;
}

function npmCi(): Promise<void> {
  const parameters = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const [command, before] = npm ? [process.execPath, [npm]] : ['npm', []];
  return runCommand('npm ci', command, [...before, ...parameters], FOLDER);
}
